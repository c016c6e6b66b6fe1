/**
 * The commands of the tool: what is said about each, and where it is.
 *
 * Invariant: nothing of a command is loaded before it is asked for, so that the tool starts at once.
 */
import type { Command } from './command.ts';

export interface CommandRow {
  /** Behind its name. */
  readonly usage: string;
  readonly summary: string;
  /** Its own options: those that take a value, and those that do not. */
  readonly values?: readonly string[];
  readonly switches?: readonly string[];
  load(): Promise<Command>;
}

export const commands: Readonly<Record<string, CommandRow>> = {
  status: {
    usage: '',
    summary: 'is anybody hurt now, and by what',
    load: async () => (await import('./commands/status.ts')).status,
  },
  members: {
    usage: '',
    summary: 'who is there, what each holds, of which version it is',
    load: async () => (await import('./commands/members.ts')).members,
  },
  doctor: {
    usage: '[--monitor <addresses>]',
    summary: 'everything that can be looked at, members and NATS, a line each',
    values: ['monitor'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  why: {
    usage: '<game>',
    summary: 'where a game is and how it is, in one sentence',
    load: async () => (await import('./commands/why.ts')).why,
  },
  get: {
    usage: '<game> [--round <n> | --events | --stored]',
    summary: 'a game as an administrator sees it; a round that is over; what happened; what NATS has',
    values: ['round'],
    switches: ['events', 'stored'],
    load: async () => (await import('./commands/get.ts')).get,
  },
  tail: {
    usage: '<game>',
    summary: 'what happens in a game, as it happens',
    load: async () => (await import('./commands/tail.ts')).tail,
  },
  drain: {
    usage: '<member>',
    summary: 'it hands over what it owns, and takes nothing more',
    load: async () => (await import('./commands/drain.ts')).drain,
  },
  undrain: {
    usage: '<member>',
    summary: 'take it back',
    load: async () => (await import('./commands/drain.ts')).undrain,
  },
  finalize: {
    usage: '[--take-back]',
    summary: 'ends the time in which an update can be rolled back: what all members read is stored from then on',
    switches: ['take-back'],
    load: async () => (await import('./commands/finalize.ts')).finalize,
  },
  fsck: {
    usage: '[--repair]',
    summary: 'whether all that is stored belongs together; mends what loses nothing by it',
    switches: ['repair'],
    load: async () => (await import('./commands/fsck.ts')).fsck,
  },
  export: {
    usage: '<game> <file>',
    summary: 'everything that is stored of a game, into a file',
    load: async () => (await import('./commands/export.ts')).exportGame,
  },
  import: {
    usage: '<file> <game> [--replace]',
    summary: 'a game out of such a file, or out of a backup',
    switches: ['replace'],
    load: async () => (await import('./commands/import.ts')).importGame,
  },
  bundle: {
    usage: '<file>',
    summary: 'all that a report of a defect needs, without secrets and games',
    load: async () => (await import('./commands/bundle.ts')).bundle,
  },
};
