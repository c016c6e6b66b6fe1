/**
 * Every line that the code of a member logs: its level and its words, read from the source.
 *
 * Role: enough of TypeScript's grammar to find the arguments of a call. What it cannot follow it gives back as it stands, for a test to complain.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LogCall {
  readonly file: string;
  readonly level: string;
  readonly message: string;
}

const root = join(import.meta.dirname, '../..');
/** They have logs of their own, or none. */
const others = /^src\/(?:dev|web|cli|client|game|games)\//;

export function logCalls(): readonly LogCall[] {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !others.test(file));
  return files.flatMap((file) => callsIn(file, readFileSync(join(root, file), 'utf8')));
}

/** Exported for its own test. */
export function callsIn(file: string, source: string): readonly LogCall[] {
  return [...source.matchAll(/\b\w*log\.(info|warn|error|fatal)\(/gi)].map(
    ({ 0: { length }, 1: level = '', index }) => {
      const [, second = ''] = argumentsAt(source, index + length);
      return { file, level, message: textOf(second, source) };
    },
  );
}

/** A literal, or a constant of the file that is one. */
function textOf(expression: string, source: string): string {
  const literal = /^(['"`])(.*)\1$/s.exec(expression)?.[2];
  if (literal !== undefined) return literal;
  const [, , constant] = new RegExp(`const ${expression} =\\s*(['"])(.*)\\1;`).exec(source) ?? [];
  return constant ?? expression;
}

function argumentsAt(source: string, begin: number): readonly string[] {
  const found: string[] = [];
  let from = begin;
  let depth = 0;
  let quote: string | null = null;
  for (let at = begin; at < source.length; at += 1) {
    const letter = source[at] ?? '';
    if (quote !== null) {
      if (letter === '\\') at += 1;
      else if (letter === quote) quote = null;
    } else if ('\'"`'.includes(letter)) quote = letter;
    else if ('([{'.includes(letter)) depth += 1;
    else if (')]}'.includes(letter) && depth > 0) depth -= 1;
    else if (letter === ')' || (letter === ',' && depth === 0)) {
      const argument = source.slice(from, at).trim();
      if (argument !== '') found.push(argument);
      from = at + 1;
      if (letter === ')') break;
    }
  }
  return found;
}
