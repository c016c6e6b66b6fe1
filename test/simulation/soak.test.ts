/**
 * Many games with long rounds, for a day in which nobody plays: what grows with time shows here and in no short world.
 *
 * Why lists come in large pieces: one in five minutes delivers every game, 14 million times in a day; a turn of the event loop for each of
 * them would take an hour. What grows by an entry for each game and list shows after the second list.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slotOf } from '../../src/cluster/slot-hash.ts';
import { Results } from '../../src/session/results.ts';
import { decode, encode, listingHeaders, ownVersions, parseListing } from '../../src/session/snapshot.ts';
import { minotaurRules } from '../support/minotaur-rules.ts';
import { LittleCluster, SLOTS, start } from '../unit/member/little-cluster.ts';

const GAMES = 50_000;
const HOURS = 24;
const HOUR_MS = 3_600_000;
const LISTS_AN_HOUR = 12;
const slow = { heartbeatMs: 20_000, leaseMs: 20_000, goneMs: 60_000, suspectMs: 600_000, idleMs: 3_600_000 };

/** Stores copies of a game that the member made. */
function copies(cluster: LittleCluster, original: string, count: number): void {
  const { entries } = cluster.buckets.content('sessions');
  const entry = entries.get(`${slotOf(original, SLOTS)}.${original}`);
  assert.ok(entry !== undefined);
  const snapshot = decode(minotaurRules, entry.value);
  const times = { wall: cluster.clock.wall(), now: cluster.clock.monotonic() };
  for (let index = 0; index < count; index += 1) {
    const gameId = `copy${index}`;
    const value = encode(minotaurRules, { ...snapshot, gameId, results: new Results() }, ownVersions(minotaurRules));
    const headers = listingHeaders(parseListing(entry.headers));
    cluster.buckets.content('sessions').put(`${slotOf(gameId, SLOTS)}.${gameId}`, 0, value, headers, false, times);
  }
}

test(`${GAMES} games that nobody plays, for ${HOURS} hours`, async () => {
  const cluster = new LittleCluster({ weather: { passesTogether: 1_000 } });
  const first = await cluster.join('m1', slow);
  const week = { settings: { roundSeconds: 604_800 } };
  assert.equal((await cluster.ask(first, start('original', week))).status, 201);
  copies(cluster, 'original', GAMES);
  await cluster.finish(first.member.stop());
  const next = await cluster.join('m2', slow);
  // Claimed, and listed twice.
  await cluster.clock.advance(600_000);
  const revisions = () =>
    Math.max(...[...cluster.buckets.content('sessions').entries.values()].map(({ revision }) => revision));
  const written = revisions();
  await cluster.clock.advance(HOURS * HOUR_MS);
  const { sessions, deadlines, loads } = next.member.measurements();
  assert.deepEqual([sessions, deadlines, loads], [GAMES + 1, GAMES + 1, 0]);
  const barriers = HOURS * LISTS_AN_HOUR * SLOTS * 2;
  assert.ok(revisions() - written <= barriers + 2 * SLOTS, `${revisions() - written} writes of sessions`);
  assert.deepEqual([...next.incidents.counts()], []);
});
