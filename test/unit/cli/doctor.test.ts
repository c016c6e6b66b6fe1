/**
 * What `doctor` finds: clusters that are broken in one way each, and the cause of each is named, with its place in the runbook.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentFindings } from '../../../src/cli/doctor/incident-findings.ts';
import { type MonitorLook, monitorFindings } from '../../../src/cli/doctor/monitor.ts';
import { natsFindings } from '../../../src/cli/doctor/nats-findings.ts';
import { recordFindings, type Visit } from '../../../src/cli/doctor/record-findings.ts';
import { streamFindings } from '../../../src/cli/doctor/stream-findings.ts';
import { visitFinding } from '../../../src/cli/doctor/webhook-visit.ts';
import { type Finding, listOf, worstFirst } from '../../../src/cli/finding.ts';
import { type InsideFacts, judged, type NatsFacts, type ServerLook, type StreamLook } from '../../../src/cli/nats.ts';
import { webhook } from '../../../src/cli/webhook-finding.ts';
import type { MemberReport, WebhookReport } from '../../../src/member/contract/gateway.ts';
import { BUCKETS } from '../../../src/ports/store.ts';

type There = StreamLook & { readonly is: 'there' };
type Reached = ServerLook & { readonly is: 'reached' };

const now = Date.parse('2030-01-31T12:00:00.000Z');
const hourMs = 3_600_000;

const server: Reached = {
  is: 'reached',
  address: 'nats-0:4222',
  name: 'nats-0',
  version: '2.15.1',
  maxPayload: 1_048_576,
  hasJetStream: true,
  roundTripMs: 1,
  certificateEnd: now + 1_000 * hourMs,
};
const follower = { name: 'nats-1', current: true, offline: false, lag: 0 };
const streams: readonly There[] = BUCKETS.map((bucket) => ({
  is: 'there',
  bucket,
  unsuitable: null,
  replicas: 3,
  leader: 'nats-0',
  isClustered: true,
  followers: [follower, { ...follower, name: 'nats-2' }],
  entries: 7,
  limits: [],
  aheadMs: 3,
}));
const members = ['m1', 'm2'].map((id) => ({
  id,
  incarnation: `${id}i`,
  record: { status: 'active' as const, addresses: [`${id}:3000`] },
}));
const inside: InsideFacts = {
  streams,
  missingPermissions: [],
  members,
  owners: [0, 1].map((slot) => ({ slot, key: `m${slot + 1}.m${slot + 1}i` })),
  unfinished: [],
};
const facts: NatsFacts = {
  servers: [server],
  inside,
  reason: null,
  credentialsEnd: now + 1_000 * hourMs,
  certificateEnd: null,
  replicas: 3,
};
const visits: readonly Visit[] = members.map((member) => ({
  member,
  address: member.record.addresses[0] ?? '',
  incarnation: member.incarnation,
  reason: '',
}));
const report: MemberReport = { id: '', incarnation: 'i', status: 'active', slots: 8, sessions: 3, version: '1.0.0' };
const healthy: WebhookReport = { waiting: 0, oldestMs: 0, givenUp: 0, deliveredMsAgo: 4_000, failure: null };
const monitored = (change: Partial<MonitorLook & { readonly is: 'reached' }> = {}): MonitorLook => ({
  is: 'reached',
  address: 'http://nats-0:8222',
  name: 'nats-0',
  syncMs: 0,
  storedBytes: 10,
  limitBytes: 100,
  account: null,
  flags: ['js_raft_delete_range'],
  streams: new Map([['KV_minotaur_sessions', 500]]),
  ...change,
});

/** Of one stream something else. */
const withStream = (bucket: string, change: Partial<There>) =>
  streams.map((stream) => (stream.bucket === bucket ? { ...stream, ...change } : stream));
const reports = (of: Partial<MemberReport>): readonly MemberReport[] =>
  ['m1', 'm2'].map((id) => ({ ...report, id, incidents: {}, ...(id === 'm2' && of) }));
const told = (of: Partial<WebhookReport>) =>
  reports({ webhook: { ...healthy, ...of } }).map((member) => ({ webhook: healthy, ...member }));
const nats = (change: Partial<NatsFacts>) => natsFindings({ ...facts, ...change }, judged, now);
const record = (change: Partial<InsideFacts>, seen = visits) => recordFindings({ ...inside, ...change }, seen);
const older = (version: string): Partial<NatsFacts> => ({ servers: [{ ...server, version }] });
const away: ServerLook = { is: 'away', address: 'nats-1:4222', reason: 'nobody listens there' };

test('of what is well nothing is said but that', () => {
  const all = [
    ...natsFindings(facts, judged, now),
    ...streamFindings(streams, 3),
    ...recordFindings(inside, visits),
    ...monitorFindings([monitored()]),
    ...incidentFindings(reports({ incidents: { expelled_dead: 2 } })),
    webhook(told({})),
    visitFinding('hooks.example', { kind: 'answered', status: 405, certificateEnd: now + 1_000 * hourMs }, now),
  ];
  assert.deepEqual(
    all.filter(({ state }) => state !== 'ok'),
    [],
  );
  assert.equal(new Set(all.map(({ check }) => check)).size, all.length, 'each check has a name of its own');
});

const causes: Readonly<Record<string, readonly [readonly Finding[], Finding['state'], RegExp]>> = {
  'NATS is away': [
    nats({ servers: [away], inside: null, reason: 'x' }),
    'broken',
    /^NATS: no NATS server is reached: nats-1:4222: nobody listens/,
  ],
  'NATS refuses us': [
    nats({ inside: null, reason: 'NATS refuses the credentials' }),
    'broken',
    /^NATS: NATS does not let us in: NATS refuses/,
  ],
  'one server is away': [nats({ servers: [server, away] }), 'broken', /^NATS: 1 of 2 NATS servers not reached/],
  'a server is too old': [
    nats(older('2.10.27')),
    'broken',
    /^NATS version: nats-0:4222: nats-server 2\.10\.27 is too old: 2\.11\.4/,
  ],
  'a server has defects': [
    nats(older('2.12.1')),
    'warning',
    /^NATS version: nats-0:4222 is 2\.12\.1, 2\.12\.15 has its defects mended/,
  ],
  'servers differ': [
    nats({ servers: [server, { ...server, version: '2.15.2' }] }),
    'warning',
    /^NATS version: servers are of different versions/,
  ],
  'JetStream is off': [
    nats({ servers: [{ ...server, hasJetStream: false }] }),
    'broken',
    /^JetStream: JetStream is off at nats-0/,
  ],
  'max_payload is small': [
    nats({ servers: [{ ...server, maxPayload: 65_536 }] }),
    'warning',
    /^max_payload: NATS takes messages of 65536/,
  ],
  'NATS is far away': [
    nats({ servers: [{ ...server, roundTripMs: 80 }] }),
    'warning',
    /^distance: a round trip from here takes 80 ms/,
  ],
  'credentials ended': [
    nats({ credentialsEnd: now - hourMs }),
    'broken',
    /^credentials: what is in MINOTAUR_NATS_CREDS ended 60 min ago \(2030/,
  ],
  'a certificate ends soon': [
    nats({ certificateEnd: now + 30 * hourMs }),
    'warning',
    /^certificate: what is in MINOTAUR_NATS_CERT ends in 30 h/,
  ],
  'a server’s certificate ends soon': [
    nats({ servers: [server, { ...server, address: 'nats-1:4222', certificateEnd: now + 5 * hourMs }] }),
    'warning',
    /^server certificates: that of nats-1:4222 ends in 5 h/,
  ],
  'feature flags differ': [
    monitorFindings([monitored(), monitored({ name: 'nats-1', flags: [] })]),
    'warning',
    /^feature flags: servers differ: nats-0 js_raft_delete_range; nats-1 none/,
  ],
  'a permission is missing': [
    nats({ inside: { ...inside, missingPermissions: [{ action: 'publish', line: '$KV.minotaur_slots.>' }] } }),
    'broken',
    /^permissions: this user lacks 1 line that members need: publish \$KV\.minotaur_slots\.>/,
  ],
  'a stream is gone': [
    streamFindings([...streams.slice(1), { is: 'missing', bucket: 'members', reason: '' }], 3),
    'broken',
    /^streams: the stream of members is gone/,
  ],
  'all streams are gone': [
    streamFindings(
      BUCKETS.map((bucket) => ({ is: 'missing', bucket, reason: '' })),
      3,
    ),
    'broken',
    /^streams: none of the four streams is there/,
  ],
  'a stream has no word': [
    streamFindings([...streams.slice(1), { is: 'noAnswer', bucket: 'members', reason: '10008' }], 3),
    'broken',
    /^streams: no word of the stream of members \(10008\)/,
  ],
  'a stream has no leader': [
    streamFindings(withStream('slots', { leader: null }), 3),
    'broken',
    /^quorum: the stream of slots has no leader/,
  ],
  'a follower is offline': [
    streamFindings(withStream('slots', { followers: [{ ...follower, offline: true }] }), 3),
    'broken',
    /^replicas: offline: nats-1 for slots/,
  ],
  'a follower lags': [
    streamFindings(withStream('slots', { followers: [{ ...follower, lag: 5_000 }] }), 3),
    'warning',
    /^replicas: not current: nats-1 for slots, 5000 behind/,
  ],
  'a bucket was changed': [
    streamFindings(withStream('slots', { unsuitable: 'its entries age out' }), 3),
    'broken',
    /^settings: .*exit code 78\): slots: its entries age out/,
  ],
  'a stream is nearly full': [
    streamFindings(withStream('archive', { limits: [{ setting: 'max_msgs', most: 100, used: 70 }] }), 3),
    'warning',
    /^room: the stream of archive has used 70 of its 100 \(max_msgs\): a full stream takes only what is shorter/,
  ],
  'a stream is full': [
    streamFindings(withStream('archive', { limits: [{ setting: 'max_bytes', most: 100, used: 100 }] }), 3),
    'broken',
    /^room: the stream of archive has used 100 of its 100 \(max_bytes\): /,
  ],
  'one stream has fewer copies': [
    streamFindings(withStream('slots', { replicas: 1 }), 3),
    'warning',
    /^copies: .*slots 1/,
  ],
  'copies are not as configured': [
    streamFindings(streams, 5),
    'warning',
    /^copies: 3 of each stream, but MINOTAUR_KV_REPLICAS says 5/,
  ],
  'one copy in a cluster': [
    streamFindings(
      streams.map((stream) => ({ ...stream, replicas: 1, followers: [] })),
      null,
    ),
    'warning',
    /^copies: one copy of each stream, though NATS is a cluster/,
  ],
  'clocks differ': [
    streamFindings(withStream('slots', { aheadMs: -90_000 }), 3),
    'warning',
    /^clock: the clock of this machine is 90 s ahead of/,
  ],
  'a slot is left to the dead': [
    record({ owners: [{ slot: 4, key: 'm9.gone' }] }),
    'broken',
    /^slot records: 1 slot still in the name of m9\.gone, which is gone/,
  ],
  'a slot record is unreadable': [
    record({ owners: [{ slot: 4, key: null }] }),
    'broken',
    /^slot records: the record of slot 4 cannot be read/,
  ],
  'an end is unfinished': [
    record({ unfinished: ['3.ABC'] }),
    'warning',
    /^ends of games: 1 game over and archived, but .*3\.ABC/,
  ],
  'an address leads nowhere': [
    record(
      {},
      visits.map((visit, index) => (index === 0 ? visit : { ...visit, incarnation: null, reason: 'ECONNREFUSED' })),
    ),
    'broken',
    /^addresses: m2 at m2:3000 \(ECONNREFUSED\) does not answer where it announces to: it has just died, MINOTAUR_ADVERTISE/,
  ],
  'a disk fills': [
    monitorFindings([monitored({ storedBytes: 70 })]),
    'warning',
    /^disk: of what JetStream may store: nats-0 70 %/,
  ],
  'an account is nearly full, with all its copies': [
    monitorFindings(
      ['nats-0', 'nats-1', 'nats-2'].map((name) =>
        monitored({ name, account: { name: 'GAMES', storedBytes: 30, limitBytes: 100 } }),
      ),
    ),
    'warning',
    /^disk: of what JetStream may store: the account GAMES 90 %$/,
  ],
  'a disk is full': [monitorFindings([monitored({ storedBytes: 95 })]), 'broken', /^disk: .*nats-0 95 %/],
  'servers sync differently': [
    monitorFindings([monitored(), monitored({ name: 'nats-1', syncMs: 120_000 })]),
    'warning',
    /^sync: .*nats-1 every 2 min.*differ/,
  ],
  'replicas went apart': [
    monitorFindings([monitored(), monitored({ name: 'nats-1', streams: new Map([['KV_minotaur_sessions', 90_000]]) })]),
    'broken',
    /^same ends: servers hold different ends of a stream: KV_minotaur_sessions: nats-0 500, nats-1 90000/,
  ],
  'the webhook refuses the signature': [
    [webhook(told({ waiting: 3, oldestMs: 240_000, failure: { outcome: 'rejected', status: 401, msAgo: 2_000 } }))],
    'broken',
    /^webhook: the receiver takes nothing: to m2, 2 s ago, it answered 401 \(it does not accept the signature.*\); the last one was taken 4 s ago; 3 games wait, the oldest event for 4 min$/,
  ],
  'the webhook is away': [
    [
      webhook(
        told({ waiting: 1, deliveredMsAgo: null, failure: { outcome: 'failed', msAgo: 2_000, ofOneGame: false } }),
      ),
    ],
    'broken',
    /^webhook: the receiver takes nothing: to m2, 2 s ago, there was no connection, or .*; nothing was taken yet; 1 game waits/,
  ],
  'the webhook refuses a game': [
    [webhook(told({ waiting: 1, deliveredMsAgo: 1_000, failure: { outcome: 'rejected', status: 422, msAgo: 9_000 } }))],
    'warning',
    /^webhook: the receiver does not take all: to m2, 9 s ago, it answered 422; 1 game waits/,
  ],
  'the webhook refuses a game, and was told of no other since': [
    [webhook(told({ waiting: 1, failure: { outcome: 'rejected', status: 422, msAgo: 2_000, ofOneGame: true } }))],
    'warning',
    /^webhook: the receiver does not take all: to m2, 2 s ago, it answered 422; 1 game waits/,
  ],
  'all that the webhook did not take is given up': [
    [webhook(told({ givenUp: 2, failure: { outcome: 'failed', msAgo: 2_000, ofOneGame: false } }))],
    'warning',
    /^webhook: given up since they began, and told to nobody: 2 events by m2$/,
  ],
  'events were given up': [[webhook(told({ givenUp: 2 }))], 'warning', /^webhook: given up .*: 2 events by m2$/],
  'a member knows of no webhook': [
    [webhook(told({}).map((member) => (member.id === 'm1' ? { ...member, webhook: undefined } : member)))],
    'warning',
    /^webhook: m1 knows of none/,
  ],
  'the webhook redirects': [
    [visitFinding('hooks.example', { kind: 'answered', status: 301, certificateEnd: null }, now)],
    'broken',
    /^webhook visit: hooks\.example redirects \(301\)/,
  ],
  'the webhook may not be gone to': [
    [visitFinding('hooks.example', { kind: 'refused', reason: 'x', certificateEnd: null }, now)],
    'broken',
    /^webhook visit: members may not go to hooks\.example: x/,
  ],
  'nobody is at the webhook': [
    [visitFinding('hooks.example', { kind: 'failed', reason: 'ECONNREFUSED', certificateEnd: null }, now)],
    'broken',
    /^webhook visit: hooks\.example cannot be reached from here: ECONNREFUSED/,
  ],
  'the certificate of the webhook ends soon': [
    [visitFinding('hooks.example', { kind: 'answered', status: 200, certificateEnd: now + 5 * hourMs }, now)],
    'warning',
    /^webhook visit: the certificate of hooks\.example ends in 5 h/,
  ],
  'the webhook is broken': [
    [visitFinding('hooks.example', { kind: 'answered', status: 502, certificateEnd: null }, now)],
    'warning',
    /^webhook visit: hooks\.example answers 502/,
  ],
  'NATS lost writes': [
    incidentFindings(reports({ incidents: { rollbacks: 1 } })),
    'broken',
    /^incidents: NATS lost writes that it had acknowledged: m2 \(1 time since it began\)$/,
  ],
};

for (const [what, [findings, state, words]] of Object.entries(causes)) {
  test(`${what}: that is named, and nothing else`, () => {
    const wrong = findings.filter((finding) => finding.state !== 'ok' && finding.state !== 'unknown');
    assert.equal(wrong.length, 1, listOf(wrong));
    const [{ check, sentence, runbook, ...rest } = assert.fail()] = wrong;
    assert.match(`${check}: ${sentence}`, words);
    assert.equal(rest.state, state);
    assert.match(runbook ?? '', /^docs\/[\w-]+\.md/);
  });
}

test('what could not be looked at is not called well', () => {
  const blind: InsideFacts = { ...inside, members: null, unfinished: null };
  const nowhere = visits.map((visit) => ({ ...visit, incarnation: null }));
  const unknown = [
    ...recordFindings(blind, nowhere),
    ...monitorFindings([]),
    ...incidentFindings(reports({ incidents: undefined })),
  ];
  assert.deepEqual([...new Set(unknown.map(({ state }) => state))], ['unknown']);
});

test('of whom it is not known is said beside what others had', () => {
  const [one, two] = reports({ incidents: { rollbacks: 1 } });
  const findings = incidentFindings([{ ...(one ?? report), incidents: undefined }, two ?? report]);
  assert.deepEqual(
    findings.map(({ state, sentence }) => `${state}: ${sentence.split(':').at(-1)?.trim()}`),
    ['broken: m2 (1 time since it began)', 'unknown: m1 does not say what it has survived'],
  );
});

test('the worst stands first', () => {
  const findings = [
    ...monitorFindings([]),
    ...nats(older('2.12.1')),
    ...record({ unfinished: null, owners: [{ slot: 4, key: null }] }),
  ];
  const states = worstFirst(findings).map(({ state }) => state);
  assert.deepEqual([...new Set(states)], ['broken', 'warning', 'unknown', 'ok']);
});
