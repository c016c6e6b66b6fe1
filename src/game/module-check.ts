/**
 * What is wrong with a game module, said by the name of the member.
 *
 * Role: takes what a file exports and answers the game that the host runs, or one line for each thing that is wrong. Plain JavaScript has no types,
 * so everything that those say is said here again.
 * Invariant: a game that passed has every function that it may be asked for, and none of the platform's names.
 */
import { z } from 'zod';
import { buildAtOnce } from './built-schemas.ts';
import { nearestOf, strictly } from './complaints.ts';
import { type FlatFields, noFlatFields } from './flat-fields.ts';
import type { LoadedGame } from './loaded-game.ts';
import type { Shapes, WorldStep } from './module.ts';
import { reservedFields, reservedFieldsOfEvents, reservedPrefixes } from './reserved.ts';

export class ModuleError extends Error {
  override readonly name = 'ModuleError';
  /** One line each: `member: what is wrong`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong game:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

const required = ['name', 'version', 'players', 'settings', 'world', 'actions'] as const;
const functions = ['setup', 'turn', 'resolve', 'outcome', 'view'] as const;
const optionalFunctions = ['allows', 'legal', 'bot', 'secrets'] as const;
const members = [...required, 'events', 'reasons', ...functions, ...optionalFunctions, 'migrations'];

const nameLike = /^[a-z][a-z0-9-]{0,31}$/;
/** Of actions, events and fields: they become names in documents and in other languages. */
const wordLike = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const reasonLike = /^[a-z][a-z0-9_]{0,63}$/;
const MOST_PLAYERS = 64;

type Members = Readonly<Record<string, unknown>>;

/** Throws ModuleError. `exported`: the default export of a game's file. `flat`: what the server has on the wire beside its own fields. */
export function gameOf(exported: unknown, flat: FlatFields = noFlatFields): LoadedGame {
  if (typeof exported !== 'object' || exported === null) {
    throw new ModuleError(['default: must be what defineGame answers; the file exports nothing of the kind']);
  }
  const game = exported as Members;
  const problems = [
    ...unknownMembers(game),
    ...wrongValues(game),
    ...wrongFunctions(game),
    ...wrongShapes('actions', game.actions, reservedFields, []),
    ...wrongShapes('events', game.events ?? {}, reservedFieldsOfEvents, reservedPrefixes),
    ...wrongReasons(game),
    ...wrongMigrations(game),
  ];
  if (problems.length > 0) throw new ModuleError(problems);
  const checked = loaded(game, flat);
  const { settings, world, actions, events } = checked;
  buildAtOnce([settings, world, ...Object.values(actions), ...Object.values(events)]);
  return checked;
}

function unknownMembers(game: Members): string[] {
  return Object.keys(game)
    .filter((name) => !members.includes(name))
    .map((name) => {
      const meant = nearestOf(name, members);
      return `${name}: is no member of a game${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
}

function wrongValues({ name, version, players, settings, world }: Members): string[] {
  const problems: string[] = [];
  if (typeof name !== 'string' || !nameLike.test(name)) {
    problems.push('name: must be 1 to 32 characters of [a-z0-9-], the first a letter');
  }
  if (!isCount(version, 1, 1_000_000)) problems.push('version: must be a whole number from 1');
  const { min, max } = (players ?? {}) as { min?: unknown; max?: unknown };
  if (!isCount(min, 1, MOST_PLAYERS) || !isCount(max, 1, MOST_PLAYERS) || min > max) {
    problems.push(`players: must be { min, max }, whole numbers from 1 to ${MOST_PLAYERS}, min not above max`);
  }
  if (!(settings instanceof z.ZodObject)) problems.push('settings: must be a z.object; z.object({}) if there are none');
  else problems.push(...undescribed('settings', settings));
  if (!(world instanceof z.ZodType)) problems.push('world: must be a schema, made with the z of minotaur/game');
  return problems;
}

function wrongFunctions(game: Members): string[] {
  const missing = functions.filter((name) => typeof game[name] !== 'function');
  const strange = optionalFunctions.filter((name) => game[name] !== undefined && typeof game[name] !== 'function');
  const asynchronous = [...functions, ...optionalFunctions].filter(
    (name) => Object.prototype.toString.call(game[name]) === '[object AsyncFunction]',
  );
  return [
    ...missing.map((name) => `${name}: ${game[name] === undefined ? 'is missing' : 'must be a function'}`),
    ...strange.map((name) => `${name}: must be a function, or absent`),
    ...asynchronous.map((name) => `${name}: must not be async: a game waits for nothing`),
  ];
}

function wrongShapes(
  member: string,
  shapes: unknown,
  fields: readonly string[],
  prefixes: readonly string[],
): readonly string[] {
  if (typeof shapes !== 'object' || shapes === null) return [`${member}: must be an object of schemas by type`];
  return Object.entries(shapes).flatMap(([type, shape]) => {
    const at = `${member}.${type}`;
    if (!wordLike.test(type)) return [`${at}: must be named in letters, digits and _`];
    const prefix = prefixes.find((each) => type.startsWith(each));
    if (prefix !== undefined) return [`${at}: types that begin with ${prefix} are the platform's`];
    if (!(shape instanceof z.ZodObject)) return [`${at}: must be a z.object; z.object({}) if it has no fields`];
    const taken = Object.keys(shape.shape).filter((field) => fields.includes(field));
    return [...taken.map((field) => `${at}.${field}: this name is the platform's`), ...undescribed(at, shape)];
  });
}

/** What clients send is described to them as JSON Schema: what has none there cannot be told. */
function undescribed(at: string, schema: z.ZodType): string[] {
  try {
    z.toJSONSchema(schema, { io: 'input' });
    return [];
  } catch (error) {
    return [`${at}: cannot be described to clients: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function wrongReasons({ reasons = [] }: Members): string[] {
  const isRight = Array.isArray(reasons) && reasons.every((reason) => reasonLike.test(reason));
  return isRight ? [] : ['reasons: must be a list of codes such as "cell_taken": [a-z0-9_], the first a letter'];
}

function wrongMigrations({ migrations = {}, version }: Members): string[] {
  if (typeof migrations !== 'object' || migrations === null) return ['migrations: must be { 2: { up, down }, … }'];
  return Object.entries(migrations).flatMap(([to, step]: [string, Partial<WorldStep> | null]) => {
    const number = Number(to);
    if (!isCount(number, 2, Number(version))) {
      return [`migrations.${to}: must be a version from 2 to ${String(version)}, the one that it leads up to`];
    }
    const isRight = typeof step?.up === 'function' && typeof step.down === 'function';
    return isRight ? [] : [`migrations.${to}: must be { up, down }, both functions`];
  });
}

function loaded(game: Members, flat: FlatFields): LoadedGame {
  const as = game as unknown as LoadedGame;
  const { legal, bot, secrets, allows } = game as unknown as Partial<LoadedGame>;
  return {
    name: as.name,
    version: as.version,
    hash: null,
    players: { min: as.players.min, max: as.players.max },
    settings: strictly(as.settings),
    world: as.world,
    actions: strict(as.actions, ['round', 'playerId']),
    events: strict(as.events ?? {}, []),
    reasons: as.reasons ?? [],
    migrations: as.migrations ?? {},
    flat,
    setup: as.setup.bind(game),
    turn: as.turn.bind(game),
    resolve: as.resolve.bind(game),
    outcome: as.outcome.bind(game),
    view: as.view.bind(game),
    allows: allows?.bind(game) ?? (() => true),
    legal: legal?.bind(game) ?? null,
    bot: bot?.bind(game) ?? null,
    secrets: secrets?.bind(game) ?? null,
  };
}

function strict(shapes: Shapes, beside: readonly string[]): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([type, shape]) => [type, strictly(shape, beside)]));
}

function isCount(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}
