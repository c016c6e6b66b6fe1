/**
 * What a player sees of the server's speed, in a browser at the crawl's page: how soon a planned step shows as stored, also through a kill -9 of
 * the game's owner, and how smoothly eight characters walk.
 *
 * Method: three members, each at an address of its own; the page comes from one that does not own the game. The page times itself
 * (support/page-probe.ts). The browser draws without a graphics card: where that is slow, so are the frames.
 */
import type { Page } from 'playwright-core';
import { freshPages } from '../../src/dev/fresh-pages.ts';
import { launchChromium } from '../../test/support/launch-chromium.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, type BenchMember } from '../support/bench-cluster.ts';
import { probe } from '../support/page-probe.ts';

const steps = 100;
const rounds = 10;
/** Small enough that most of them see each other; nobody dies. */
const settings = {
  bots: 7,
  worldRadius: 3,
  visionRadius: 3,
  health: 10_000,
  roundSeconds: 3_600,
  table: { damage: 1, attackRange: 0 },
};

export const page: Bench = {
  name: 'page',
  about: 'the page of the crawl, in a browser: storing a step, and 8 characters that walk',
  measures: [
    { name: 'a step shows as stored, median', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 50 } },
    { name: 'the same, 95 %', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 50 } },
    { name: 'through a kill -9 of the owner', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 600 } },
    { name: 'frames while 8 walk, in a second', unit: '/s', target: { of: 'value', is: 'atLeast', limit: 58 } },
    { name: 'of them later than 20 ms, in 100', unit: '', target: { of: 'value', is: 'atMost', limit: 5 } },
  ],
  async run({ resources, progress }) {
    await freshPages(progress);
    progress('starting 3 members and a browser');
    const cluster = await BenchCluster.start(resources, 3);
    const gateway = cluster.member(0);
    const browser = await launchChromium();
    resources.defer(() => browser.close());
    const { link, owner } = await openGame(cluster, gateway);
    const shown = await browser.newPage({ viewport: { width: 1200, height: 850 } });
    await shown.goto(`${gateway.process.url}${link}`);
    await shown.getByRole('button', { name: 'Done with round 1' }).waitFor();
    await shown.evaluate(probe);
    progress(`${rounds} rounds of 8 characters`);
    const gaps: number[] = [];
    for (let round = 1; round <= rounds; round += 1) gaps.push(...(await walk(shown, round)));
    progress(`${steps} steps`);
    const stored: number[] = [];
    for (let step = 0; step < steps; step += 1) stored.push(await storeOne(shown));
    progress('killing the owner');
    void owner.process.kill();
    const throughKill = await storeOne(shown);
    const sum = gaps.reduce((total, gap) => total + gap, 0);
    return [
      { value: rankOf(stored, 0.5) },
      { value: rankOf(stored, 0.95) },
      { value: throughKill },
      { value: (1_000 * gaps.length) / sum },
      { value: (100 * gaps.filter((gap) => gap > 20).length) / gaps.length },
    ];
  },
};

/** A game that another member than the gateway owns, begun. */
async function openGame(cluster: BenchCluster, gateway: BenchMember) {
  for (;;) {
    const made = await post(gateway, '/v1/games', { displayName: 'Ada', settings });
    const { game, playerId, token } = made as { game: { id: string }; playerId: string; token: string };
    await post(gateway, `/v1/games/${game.id}/start`, {}, token);
    const asked = await fetch(`${gateway.process.url}/v1/games/${game.id}/location`);
    const { owner: id } = (await asked.json()) as { readonly owner: string };
    const owner = cluster.members.find((member) => member !== gateway && member.process.id === id);
    const link = `/#${new URLSearchParams({ game: game.id, player: playerId, token })}`;
    if (owner !== undefined) return { link, owner };
  }
}

async function post(gateway: BenchMember, path: string, body: object, token?: string): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${gateway.process.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return await answer.json();
}

/** Ms between frames while the round is played on the map. */
async function walk(shown: Page, round: number): Promise<readonly number[]> {
  const gaps = shown.evaluate('probe.frames()');
  await shown.getByRole('button', { name: `Done with round ${round}` }).click();
  const found = (await gaps) as readonly number[];
  await shown.getByRole('button', { name: `Done with round ${round + 1}` }).waitFor();
  return found;
}

/** Ms from the key to the word that it is stored; the step is taken back after that. */
async function storeOne(shown: Page): Promise<number> {
  const ms = (await shown.evaluate('probe.step()')) as number;
  await shown.locator('.map').press('Backspace');
  await waitFor('the step is taken back', async () => (await shown.locator('.plan li').count()) === 0);
  return ms;
}

function rankOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}
