/**
 * A night of an operator: the tool against real members and a real NATS, while members are drained, killed and cut off.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { callTool, startTool, type ToolAnswer } from '../support/minotaur-tool.ts';
import { Player } from '../support/player.ts';
import { waitFor } from '../support/wait.ts';

const at = ({ url }: MemberProcess) => ({ MINOTAUR_URL: url });

/** Calls until it says that; fails with what it said last. */
async function until(words: RegExp, call: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  let last = '';
  try {
    return await waitFor(
      `the tool says ${words}`,
      async () => {
        const answer = await call();
        last = answer.text;
        return words.test(answer.text) ? answer : null;
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${last}`);
  }
}

test('what hurts is said, by the tool, of members that are well, drained, killed and cut off', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b, c] = await cluster.addMembers('a', 'b', 'c');
  assert.ok(a && b && c);
  await cluster.settled();
  const ada = await Player.create(a.url, { displayName: 'Ada' });
  const bob = await Player.join(a.url, ada.gameId);
  const { gameId } = ada;

  const well = await until(/All is well\.$/, () => callTool(at(a), 'status'));
  assert.equal(well.code, 0);
  const members = await callTool(at(a), 'members', '--json');
  const ids = (JSON.parse(members.text) as { id: string }[]).map(({ id }) => id);
  assert.deepEqual(ids, ['a', 'b', 'c']);
  const lobby = await callTool(at(b), 'why', gameId);
  assert.deepEqual(
    [lobby.code, /its lobby waits to be started \(0 of 2 players ready\)\.$/.test(lobby.text)],
    [0, true],
    lobby.text,
  );

  expectStatus(await ada.start(a.url, randomUUID()), 200);
  const { owner } = expectStatus(await a.send('GET', `/v1/games/${gameId}/location`), 200) as { owner: string };
  const holder = cluster.running.find(({ id }) => id === owner);
  const others = cluster.running.filter((member) => member !== holder);
  const [watcher, other] = others;
  assert.ok(holder && watcher && other);

  const told = startTool(at(watcher), 'tail', gameId);
  t.after(() => told.kill());
  await waitFor('the round is told', () => /round 1, ends /.test(told.output));

  const drained = await callTool(at(watcher), 'drain', other.id);
  assert.equal(drained.code, 0, drained.text);
  assert.match(drained.text, new RegExp(`^${other.id} owns nothing any more: it handed over \\d+ slots`, 'm'));
  const kept = (await watcher.report()).members.find(({ id }) => id === other.id);
  assert.deepEqual([kept?.status, kept?.slots], ['leaving', 0]);
  const cordoned = await callTool(at(watcher), 'status');
  assert.deepEqual([cordoned.code, cordoned.text.includes(`${other.id} is leaving`)], [1, true], cordoned.text);
  const back = await callTool(at(watcher), 'undrain', other.id);
  assert.deepEqual([back.code, back.text.startsWith(`${other.id} is back`)], [0, true], back.text);
  const nobody = await callTool(at(watcher), 'drain', 'nobody');
  assert.deepEqual([nobody.code, /member_not_found/.test(nobody.text)], [1, true], nobody.text);

  await holder.kill();
  const moved = await until(/^ {2}since {3}takeover at /m, () => callTool(at(watcher), 'why', gameId));
  assert.match(
    moved.text,
    new RegExp(`${gameId} is well: it is with \\w, which took it over from ${holder.id} \\d+ m?s ago;`),
  );
  for (const player of [ada, bob]) expectStatus(await player.leave(watcher.url), 204);
  assert.equal((await told.exited).code, 0, told.output);
  assert.match(told.output, /#\d+ r1 game_concluded .*\n--.*concluded.*\nThe game is over\./, 'through the takeover');
  const over = await callTool(at(watcher), 'why', gameId);
  assert.deepEqual([over.code, /is over: it ended in round 1/.test(over.text)], [0, true], over.text);

  const lobbied = await Player.create(watcher.url, { displayName: 'Eve' });
  const silent = startTool(at(watcher), 'tail', lobbied.gameId);
  t.after(() => silent.kill());
  await waitFor('the lobby is told', () => /lobby/.test(silent.output));
  await cluster.nats.killAll();
  const cut = await until(/NATS acknowledged the last renewal of . \d+ s ago/, () => callTool(at(watcher), 'status'));
  assert.equal(cut.code, 1);
  const helpless = await callTool(at(watcher), 'get', gameId);
  assert.equal(helpless.code, 69, helpless.text);
  // The connection to the member lasts, and still nothing comes.
  await waitFor('the outage is told', () => /nothing is heard: session_unavailable/.test(silent.output), {
    timeoutMs: 60_000,
  });
});
