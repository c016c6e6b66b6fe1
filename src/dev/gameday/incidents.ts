/**
 * The incidents of a gameday, one after another, and what of the runbook none of them reaches.
 *
 * Invariant: every entry of docs/runbook.md is in one of the two lists; a test holds them to it.
 */
import type { LocalMember } from '../local-member.ts';
import { hotGame } from './hot-game.ts';
import type { Incident } from './incident.ts';
import { last, replace, start } from './rolling.ts';
import { secretRotated } from './secret-rotated.ts';
import { webhooksRefused } from './webhooks-refused.ts';
import { wrongClock } from './wrong-clock.ts';

/** Answered 401; those after them are answered 429. */
const WRONG_TOKENS = 130;
const nothing = async () => {};

const drainPath = ({ id }: LocalMember) => `/v1/cluster/members/${id}/drain`;

export const incidents: readonly Incident[] = [
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
    harm: async (stage) => {
      for (let count = 0; count < WRONG_TOKENS; count += 1) {
        stage.note(`answer ${(await stage.send('GET', '/v1/cluster', { token: 'none' })).status}`);
      }
    },
    mend: nothing,
  },
  hotGame,
  wrongClock,
  secretRotated,
  // `minotaur status` goes on to say for minutes what was refused.
  webhooksRefused,
];

/** Entries of docs/runbook.md that no incident reaches, and why. */
export const notExercised: Readonly<Record<string, string>> = {
  'where-to-look': 'no entry: it says how to ask',
  'what-to-be-paged-by': 'no entry: the list of alerts, each of which test/contract/alerts.test.ts plays',
  'disks-are-full': 'it takes disks of their own; npm run test:compose fills them',
  'a-bucket-is-in-trouble':
    'it takes a disk that is full, or a right that is missing; test/cluster/stored.test.ts, npm run test:compose',
  'a-stream-is-gone': 'it destroys the games that are being played; it was tried by hand',
  'a-cluster-that-is-named-after-the-wrong-game':
    'it takes a version of before 0.4; test/unit/member/membership/cluster-key.test.ts',
  'a-slot-record-cannot-be-read': 'somebody would have to write there; test/cluster/doctor-causes.test.ts does',
  'something-is-stuck':
    'it takes a write or a handoff that never ends; test/unit/member/stuck-watch.test.ts, test/unit/member/slots/slot-handoff.test.ts',
  'its-memory-grows': 'it takes more games than a gameday has; it was measured by hand',
  'a-game-answers-500':
    'it takes a game that cannot be read, which bots would call wrong; test/cluster/stored.test.ts, test/cluster/hostile-game.test.ts',
  'rounds-do-not-end': 'it takes a stream that is gone, or members that go by their own clocks, of before cluster time',
  'nats-lost-acknowledged-writes':
    'bots would rightly call their records wrong; test/cluster/nats-rollback.test.ts puts a storage back',
};
