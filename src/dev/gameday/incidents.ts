/**
 * The incidents of a gameday, one after another, and what of the runbook none of them reaches.
 *
 * Invariant: every entry of docs/runbook.md is reached, or among those that are none; a test holds them to it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { getsReady } from '../bots/own-cluster.ts';
import type { LocalMember } from '../local-member.ts';
import { allKilled } from './all-killed.ts';
import { archiveFull } from './archive-full.ts';
import { bucketFull } from './bucket-full.ts';
import { gameUnreadable } from './game-unreadable.ts';
import { hotGame } from './hot-game.ts';
import type { Incident, Stage } from './incident.ts';
import { memoryGrows } from './memory-grows.ts';
import { last, replace, start } from './rolling.ts';
import { secretRotated } from './secret-rotated.ts';
import { sessionsGone } from './sessions-gone.ts';
import { slotUnreadable } from './slot-unreadable.ts';
import { archiveGone, membersGone, slotsGone } from './streams-gone.ts';
import { webhooksRefused } from './webhooks-refused.ts';
import { writesLost } from './writes-lost.ts';
import { wrongClock } from './wrong-clock.ts';
import { misnamed, wrongGame } from './wrong-game.ts';

/** Longer than a member may stand still (`MINOTAUR_SUSPECT_MS`). */
const GIVEN_UP_WITHIN_MS = 3_000;
const SOME_MORE = 10;
/** Answered 401; those after them are answered 429. */
const WRONG_TOKENS = 130;
const nothing = async () => {};

async function askWrongly({ send, note }: Stage, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    note(`answer ${(await send('GET', '/v1/cluster', { token: 'none' })).status}`);
  }
}

const drainPath = ({ id }: LocalMember) => `/v1/cluster/members/${id}/drain`;

/** What players of real games go through. */
export const whileBotsPlay: readonly Incident[] = [
  {
    name: 'kill',
    what: 'kill -9 of a member',
    signs: [/^log peer_expelled/, /^metric minotaur_incidents_total\{kind="expelled_dead"\} \+/],
    runbook: ['one-member'],
    alert: null,
    harm: async (stage) => void (await last(stage).kill()),
    mend: (stage) => start(last(stage)),
  },
  {
    name: 'pause',
    what: 'SIGSTOP of a member, until the others give it up',
    signs: [
      /^log peer_expelled/,
      /^metric minotaur_incidents_total\{kind="expelled_silent"\} \+/,
      /^status .*did not answer/,
    ],
    runbook: ['one-member', 'it-is-expelled-again-and-again'],
    alert: 'MinotaurFlapping',
    harm: async (stage) => last(stage).pause(),
    goOn: async (stage) => {
      last(stage).resume();
      if (!(await getsReady(last(stage)))) throw new Error(`${last(stage).id} does not come back`);
      last(stage).pause();
      await pause(GIVEN_UP_WITHIN_MS);
    },
    mend: async (stage) => last(stage).resume(),
  },
  {
    name: 'cordon',
    what: 'a member is drained by the API, and forgotten',
    signs: [/^readyz m\d+ 503: draining/, /^metric minotaur_ready 0/, /^status members: m\d+ is leaving/],
    runbook: ['its-readyz-fails'],
    alert: 'MinotaurMemberNotReady',
    harm: async (stage) => void (await stage.send('POST', drainPath(last(stage)))),
    mend: async (stage) => void (await stage.send('DELETE', drainPath(last(stage)))),
  },
  {
    name: 'cordon-all',
    what: 'all members are drained by the API',
    signs: [/^status members: all members are leaving/],
    runbook: ['it-does-not-go'],
    alert: null,
    harm: async (stage) => {
      for (const member of stage.members) await stage.send('POST', drainPath(member));
    },
    mend: async (stage) => {
      for (const member of stage.members) await stage.send('DELETE', drainPath(member));
    },
  },
  {
    name: 'wrong-release',
    what: 'a member of a release with another number of slots is deployed',
    signs: [/^exit code 78: .*this cluster was created with 256 slots/],
    runbook: ['exit-code-78-in-a-loop', 'a-rollout-hangs'],
    alert: null,
    harm: async (stage) => stage.note(await stage.runToItsEnd({ MINOTAUR_SLOTS: '128' })),
    mend: nothing,
  },
  {
    name: 'roll',
    what: 'all members are replaced, one after another',
    signs: [/^log drained/, /^log joined/],
    runbook: [],
    alert: null,
    harm: async ({ members }) => {
      for (const member of members) await replace(member);
    },
    mend: nothing,
  },
  {
    name: 'nats-frozen',
    what: 'SIGSTOP of nats-server',
    signs: [
      /^readyz m\d+ 200: .*NATS acknowledges no renewals/,
      /^status renewals: NATS acknowledged the last renewal/,
    ],
    runbook: ['nothing-works', 'readyz-fails-on-every-member-livez-answers', '503-session_unavailable', 'some-games'],
    alert: 'MinotaurUnavailable',
    harm: async ({ nats }) => void process.kill(nats.pid ?? 0, 'SIGSTOP'),
    mend: async ({ nats }) => void process.kill(nats.pid ?? 0, 'SIGCONT'),
  },
  {
    name: 'nats-killed',
    what: 'kill -9 of nats-server, and a start',
    signs: [/^log nats_disconnected/, /^metric minotaur_nats_connected 0/],
    runbook: ['nothing-works', 'readyz-fails-on-every-member-livez-answers', 'nats-has-no-quorum'],
    alert: 'MinotaurNatsDisconnected',
    harm: async ({ nats }) => void (await nats.stop('SIGKILL')),
    mend: async ({ nats }) => void (await nats.start()),
  },
  {
    name: 'wrong-tokens',
    what: `${WRONG_TOKENS} requests with a wrong token, as by a monitoring that was forgotten`,
    signs: [/^answer 401/, /^answer 429/],
    runbook: ['clients-are-refused'],
    alert: 'MinotaurClientsRefused',
    harm: (stage) => askWrongly(stage, WRONG_TOKENS),
    goOn: (stage) => askWrongly(stage, SOME_MORE),
    mend: nothing,
  },
  hotGame,
  wrongClock,
  secretRotated,
  wrongGame,
  // `minotaur status` goes on to say for minutes what was refused.
  webhooksRefused,
];

/** What destroys games or holds them up, so it has a cluster of its own; what leaves traces comes last. */
export const afterwards: readonly Incident[] = [
  bucketFull,
  archiveFull,
  slotUnreadable,
  gameUnreadable,
  misnamed,
  allKilled,
  membersGone,
  slotsGone,
  archiveGone,
  sessionsGone,
  writesLost,
  memoryGrows,
];

export const incidents: readonly Incident[] = [...whileBotsPlay, ...afterwards];

/** Parts of docs/runbook.md that are no entries: nothing can break there. */
export const notExercised: Readonly<Record<string, string>> = {
  'where-to-look': 'it says how to ask',
  'what-to-be-paged-by': 'the list of alerts, each of which test/contract/alerts.test.ts plays',
};

/** What of an entry takes more than one machine with one NATS server, and what plays it. */
export const elsewhere: Readonly<Record<string, string>> = {
  'nats-has-no-quorum': 'the one of three that leads is killed, and all of them: test/compose/nats-steps.ts',
  'disks-are-full': 'a disk of its own, of one server of three: test/compose/nats-steps.ts',
  'a-rollout-hangs': 'probes and surges of Kubernetes: test/cluster/rollout.test.ts',
  'a-bucket-is-in-trouble': 'a right that is missing: test/cluster/nats-permissions.test.ts',
  'a-game-answers-500': 'a game whose rules fail: test/cluster/hostile-game.test.ts',
  'the-clock-of-a-machine-is-wrong': 'the clock of a NATS server jumps: test/cluster/clock-jump.test.ts',
};
