/**
 * Everything that differs from machine to machine or from call to call, with a trap on it.
 *
 * Role: in the thread that checks a game, clocks, chance, timers, the network and sorting by language throw while a member
 * of the game runs. What was caught is remembered as well: a game may swallow what is thrown.
 * Invariants:
 *  - They are laid before the game is loaded, so that nothing untrapped is kept by it.
 *  - Outside of members everything works: the check itself needs it.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Kind } from './problems.ts';

interface Caught {
  readonly name: string;
  readonly kind: Kind;
}

let isInside = false;
let caught: Caught | null = null;

/** Runs a member of the game with all traps armed; what it touched, if anything. */
export function trapped<Answer>(call: () => Answer): Answer {
  isInside = true;
  try {
    return call();
  } finally {
    isInside = false;
  }
}

/** What was touched since it was asked last. */
export function takeCaught(): Caught | null {
  const taken = caught;
  caught = null;
  return taken;
}

function spring(name: string, kind: Kind): void {
  if (!isInside) return;
  caught ??= { name, kind };
  throw new Error(`${name} is not for games`);
}

type Holder = Record<string, unknown>;

function guard(holder: object, prefix: string, names: readonly string[], kind: Kind): void {
  for (const name of names) {
    const before = (holder as Holder)[name];
    if (typeof before !== 'function') continue;
    const trap = function (this: unknown, ...args: unknown[]) {
      spring(`${prefix}${name}`, kind);
      return before.apply(this, args);
    };
    Object.defineProperty(holder, name, { value: trap, configurable: true, writable: true });
  }
}

export function layTraps(): void {
  guard(Date, 'Date.', ['now'], 'clock');
  guard(performance, 'performance.', ['now'], 'clock');
  guard(process, 'process.', ['hrtime', 'uptime', 'cwd', 'exit'], 'outside');
  guard(Math, 'Math.', ['random'], 'chance');
  guard(globalThis, '', ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'], 'timers');
  guard(globalThis, '', ['fetch', 'require'], 'outside');
  guard(Object.getPrototypeOf(globalThis.crypto), 'crypto.', ['getRandomValues', 'randomUUID'], 'chance');
  guard(crypto, 'crypto.', ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync'], 'chance');
  guard(fs, 'fs.', ['readFileSync', 'writeFileSync', 'appendFileSync', 'existsSync', 'statSync'], 'outside');
  syncBuiltinESMExports();
  guard(String.prototype, 'String.', ['localeCompare', 'toLocaleUpperCase', 'toLocaleLowerCase'], 'locale');
  for (const type of [Number, Array, Date, BigInt])
    guard(type.prototype, `${type.name}.`, ['toLocaleString'], 'locale');
  guard(Date.prototype, 'Date.', ['toLocaleDateString', 'toLocaleTimeString', 'getTimezoneOffset'], 'locale');
  guard(Intl, 'Intl.', ['Collator', 'DateTimeFormat', 'NumberFormat'], 'locale');
  globalThis.Date = new Proxy(Date, {
    construct(target, args, newTarget) {
      if (args.length === 0) spring('new Date()', 'clock');
      return Reflect.construct(target, args, newTarget);
    },
  });
}
