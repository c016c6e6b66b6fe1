/**
 * Incidents: a member is set to play another game than its cluster. It is refused, unless nobody ever said what the cluster plays.
 */
import type { Incident } from './incident.ts';
import { last, replace } from './rolling.ts';
import { get, put } from './streams.ts';

const OTHER = 'tic-tac-toe';
/** Of the bucket `members`. */
const RECORD = 'cluster';

export const wrongGame: Incident = {
  name: 'wrong-game',
  what: 'a member that plays another game is deployed',
  signs: [new RegExp(`^exit code 78: .*this member plays "${OTHER}".*, but this cluster plays "minotaur"`)],
  runbook: ['exit-code-78-in-a-loop', 'a-rollout-hangs'],
  alert: null,
  harm: async (stage) => stage.note(await stage.runToItsEnd({ MINOTAUR_GAME: OTHER })),
  mend: async () => {},
};

export const misnamed: Incident = {
  name: 'misnamed',
  what: 'of a cluster of before 0.4, which does not say what it plays, the first member that is replaced plays another game',
  signs: [
    new RegExp(`^exit code 78: .*this member plays "minotaur".*, but this cluster plays "${OTHER}"`),
    /^(?:status|doctor) rules: members play by 2 kinds of rules/,
  ],
  runbook: ['a-cluster-that-is-named-after-the-wrong-game'],
  alert: null,
  harm: async (stage) => {
    const { game: _, ...ofBefore } = JSON.parse(await get(stage, 'members', RECORD)) as Record<string, unknown>;
    await put(stage, 'members', RECORD, JSON.stringify(ofBefore));
    await replace(last(stage), { MINOTAUR_GAME: OTHER });
    stage.note(await stage.runToItsEnd({}));
  },
  mend: async (stage) => {
    // The setting of that member first, then what `jq -c 'del(.game)'` leaves.
    await last(stage).drain();
    const { game: _, ...unnamed } = JSON.parse(await get(stage, 'members', RECORD)) as Record<string, unknown>;
    await put(stage, 'members', RECORD, JSON.stringify(unnamed));
    await replace(last(stage), { MINOTAUR_GAME: 'minotaur' });
  },
};
