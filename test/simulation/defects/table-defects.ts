/**
 * Defects of who may do what at a table, and of what is told of its rounds.
 */
import type { Defect } from './defect.ts';

export const tableDefects: readonly Defect[] = [
  {
    name: 'everybody-is-the-host',
    about: 'Any player may do what only the host may (seats).',
    edits: [
      {
        file: 'src/session/permission.ts',
        find: "return rules.standing(state, caller) === 'host';",
        replace: 'return true;',
      },
    ],
  },
  {
    name: 'old-token-holds',
    about: 'A token goes on holding when its seat has got a newer one (seats).',
    edits: [
      {
        file: 'src/game/seats.ts',
        find: '  if (holds !== generation) return',
        replace: '  if (holds === undefined) return',
      },
    ],
  },
  {
    name: 'locked-lobby-takes-people-in',
    about: 'A lobby that its host has locked lets people in (seats).',
    edits: [{ file: 'src/game/lobby.ts', find: ' ?? refuseLocked(state, command);', replace: ';' }],
  },
  {
    name: 'kicked-comes-straight-back',
    about: 'Who was sent away comes in again at once (seats).',
    edits: [{ file: 'src/game/lobby.ts', find: ' ?? refuseKicked(state, command, context.now)', replace: '' }],
  },
  {
    name: 'host-leaves-nobody-behind',
    about: 'A host who leaves hands the hosting to nobody (seats).',
    edits: [
      {
        file: 'src/game/seats.ts',
        find: '  if (state.host !== playerId) return left;\n',
        replace: '  if (state.host !== null) return left;\n',
      },
    ],
  },
  {
    name: 'host-replaced-at-once',
    about: 'Any player takes the hosting over from a host who is there (seats).',
    edits: [{ file: 'src/game/hosting.ts', find: 'const SILENT_MS = 120_000;', replace: 'const SILENT_MS = 0;' }],
  },
  {
    name: 'record-without-its-actions',
    about: 'The record of the round by which a game ends does not say what was done in it (replay).',
    edits: [
      {
        file: 'src/game/world-rounds.ts',
        find: '  return applied(over, bounded(recordOf(over, actions, reason, events, context)));',
        replace: '  return applied(over, bounded(recordOf(over, [], reason, events, context)));',
      },
    ],
  },
  {
    name: 'event-told-in-no-record',
    about: 'The beginning of a round is in no record of it (replay).',
    edits: [
      {
        file: 'src/game/round-record.ts',
        find: 'const ofRound = events.filter((event) => event.round === state.round);',
        replace:
          "const ofRound = events.filter((event) => event.round === state.round && event.type !== 'round_started');",
      },
    ],
  },
  {
    name: 'wounds-told-to-nobody',
    about: 'What an attack takes shows in the world, and in no record of a round of the crawl (replay).',
    edits: [
      {
        file: 'src/games/minotaur/round.ts',
        find: "      of.tell('attacked', { character, target, hits }, whoSees(before, characterOf(world, target).at));\n",
        replace: '',
      },
    ],
  },
  {
    name: 'winner-of-the-crawl-is-anybody',
    about: 'After the last round of a crawl whoever lives has won, however little health is left (replay).',
    edits: [
      {
        file: 'src/games/minotaur/game.ts',
        find: 'alive.filter((id) => health(id) === best)',
        replace: 'alive.filter((id) => health(id) <= best)',
      },
    ],
  },
];
