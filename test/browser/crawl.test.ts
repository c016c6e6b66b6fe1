/** The dungeon crawl at `/`, in browsers: whole games while members die, by keyboard alone, on a phone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { MemberProcess } from '../support/member-process.ts';
import { waitFor } from '../support/wait.ts';
import { assertFine, Stage } from './support/stage.ts';

/** A world in which two find each other, and a fight of a few rounds. */
const duel = { worldRadius: 2, roundSeconds: 600, table: { damage: 12 } };

interface Seat {
  readonly game: string;
  readonly player: string;
  readonly token: string;
}

async function post(url: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()) as Record<string, unknown>;
}

/** A lobby by the API, with settings that the door does not offer. */
async function lobby({ url }: Stage, settings: object, displayName = 'Ada'): Promise<Seat> {
  const { game, playerId, token } = await post(`${url}/v1/games`, { displayName, settings });
  return { game: (game as { readonly id: string }).id, player: String(playerId), token: String(token) };
}

function linkOf({ game, player, token }: Seat): string {
  return `/#${new URLSearchParams({ game, player, token })}`;
}

async function join(page: Page, name: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Join a game' });
  await form.getByLabel('Your name').fill(name);
  await form.getByRole('button', { name: 'Join' }).click();
}

/** Whoever looks at another tab sees that it is their turn. */
async function assertCalls(page: Page): Promise<void> {
  // The title follows what is drawn.
  await waitFor('the title calls', async () => /^● Round \d+: your turn/.test(await page.title()) || null);
  assert.match((await page.locator('link[rel="icon"]').getAttribute('href')) ?? '', /ffd23f/);
}

/** What a browser loads, before it shows anything and after. */
async function assertSmall(url: string): Promise<void> {
  const { headers } = await fetch(url, { headers: { accept: 'text/html', 'accept-encoding': 'br' } });
  assert.equal(headers.get('content-encoding'), 'br');
  assert.ok(Number(headers.get('content-length')) <= 100 * 1024, `${headers.get('content-length')} bytes`);
}

/** From the first round on, one after another, or any at once. */
async function assertReplays(page: Page, rounds: number): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Round' });
  const shown = page.locator('.scrubber p');
  assert.match((await shown.textContent()) ?? '', /^The end\. .*Grace died/);
  await slider.fill('0');
  await shown.getByText('Before round 1.').waitFor();
  await slider.press('ArrowRight');
  await shown.getByText('Before round 2.').waitFor();
  await slider.fill(String(rounds - 2));
  await page.getByRole('button', { name: 'Replay' }).click();
  await shown.getByText('The end.').waitFor();
}

async function ownerOf({ cluster, url }: Stage, game: string): Promise<MemberProcess> {
  const { owner } = (await (await fetch(`${url}/v1/games/${game}/location`)).json()) as { readonly owner: string };
  const member = cluster.running.find(({ id }) => id === owner);
  assert.ok(member, `${owner} runs`);
  return member;
}

/** On a phone what is told stands far above the button that was touched. */
function comesIntoView(page: Page, told: Locator): Promise<true> {
  return waitFor('it is in view', async () => {
    const [box, size] = [await told.boundingBox(), page.viewportSize()];
    return box !== null && size !== null && box.y >= 0 && box.y + box.height <= size.height ? true : null;
  });
}

/** Waits until this round, or the end, is shown. */
function reached(page: Page, round: number): Promise<'turn' | 'over'> {
  return waitFor(`round ${round} on the page`, async () => {
    if (await page.getByRole('button', { name: 'Play again' }).isVisible()) return 'over';
    return (await page.getByRole('button', { name: `Done with round ${round}` }).isVisible()) ? 'turn' : null;
  });
}

/** Strikes whom it can as often as it can, else goes on exploring; by the list, as somebody who sees no map does. */
async function hunt(page: Page): Promise<void> {
  const strike = page.getByRole('button', { name: /^Strike / }).first();
  if (await strike.isVisible()) {
    for (let left = 3; left > 0; left -= 1) {
      await page.getByText(`${left} of 3 action points left`).waitFor();
      await strike.click();
    }
  } else {
    const ways = page.locator('.ways button');
    if (!(await ways.first().isVisible())) await page.getByText('All places in reach').click();
    await ways.first().click();
  }
  await waitFor('the plan is stored', async () => (await page.locator('.plan .pending').count()) === 0 || null);
}

test('the door, an invitation, the lobby', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, duel);
  await assertSmall(stage.url);
  await assertFine(await stage.person('/'), 'crawl-door');
  const ada = await stage.person(linkOf(seat));
  await ada.getByText('Who is here').waitFor();
  assert.ok(!ada.url().includes(seat.token), 'the token is gone from the address');
  const grace = await stage.person(`/#${seat.game}`);
  await assertFine(grace, 'crawl-invited');
  const name = grace.getByRole('form', { name: 'Join a game' }).getByLabel('Your name');
  await name.fill('é'.repeat(30));
  await grace.getByText('A name may have 24 characters.').waitFor();
  assert.equal(await name.inputValue(), 'é'.repeat(24));
  await join(grace, 'Grace');
  await ada.getByText('Grace').first().waitFor();
  await ada.getByLabel('Bots in empty seats').fill('9');
  await ada.getByLabel('Bots in empty seats').press('Tab');
  await ada.getByText('There is room for 6.').waitFor();
  await assertFine(ada, 'crawl-lobby');
  // Whoever comes back is known by name.
  await grace.goto(`${stage.url}/#`);
  await grace.reload();
  assert.equal(await grace.getByRole('form', { name: 'Join a game' }).getByLabel('Your name').inputValue(), 'Grace');
  await grace.getByRole('button', { name: `Back to ${seat.game}` }).click();
  await grace.getByText('Grace (you)').waitFor();
  await ada.getByRole('button', { name: 'Kick Grace' }).click();
  await grace.getByText('This seat is closed').waitFor();
  assert.equal(await grace.getByRole('button', { name: 'I am ready' }).count(), 0, 'nothing is left to do there');
  assert.equal(await grace.getByText('Connecting').count(), 0, 'nothing is waited for');
  await assertFine(grace, 'crawl-kicked');
});

test('two play a crawl to its end while the owner is killed and another one drained', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, duel);
  const [ada, grace] = [await stage.person(linkOf(seat)), await stage.person(`/#${seat.game}`)];
  await join(grace, 'Grace');
  await ada.getByText('Grace').first().waitFor();
  await ada.getByRole('button', { name: 'Start' }).click();
  await reached(ada, 1);
  // Gone with a reload.
  for (const page of [ada, grace]) await page.evaluate('window.loadedOnce = true');

  let round = 1;
  for (; (await reached(ada, round)) === 'turn'; round += 1) {
    await assertCalls(ada);
    if (round === 2) {
      await (await ownerOf(stage, seat.game)).kill();
      await ada.getByText(/^Moved to m\d, nothing lost/).waitFor();
    }
    if (round === 3) await (await ownerOf(stage, seat.game)).terminate();
    await hunt(ada);
    if (round === 1) await assertFine(ada, 'crawl-turn');
    await ada.getByRole('button', { name: `Done with round ${round}` }).click();
    if (round === 1) await ada.getByRole('region', { name: 'You' }).getByText('waiting for Grace').waitFor();
    await grace.getByRole('button', { name: `Done with round ${round}` }).click();
  }
  assert.ok(round > 3, `the game went on after both losses: ${round}`);
  await ada.getByRole('heading', { name: 'You won' }).waitFor();
  await grace.getByRole('heading', { name: 'Ada won' }).waitFor();
  for (const page of [ada, grace]) {
    assert.ok(await page.evaluate('window.loadedOnce === true'), 'the page was loaded again');
    assert.equal(
      await page
        .locator('.log')
        .getByText(/^(Grace|You) died/)
        .count(),
      1,
      'told once',
    );
  }
  await assertFine(ada, 'crawl-won');
  await assertReplays(ada, round);
  await ada.reload();
  await ada.getByRole('heading', { name: 'You won' }).waitFor();
  await ada.locator('.log').getByText('Grace died.').waitFor();
  await assertReplays(ada, round);
  await assertFine(grace, 'crawl-lost');
});

test('a crawl against a bot by keyboard alone, and once more', async (t) => {
  const stage = await Stage.open(t);
  const page = await stage.person('/');
  const press = (key: string) => page.keyboard.press(key);
  const focus = async (name: RegExp) => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (name.test(String(await page.evaluate(focusedName)))) return;
      await press('Tab');
    }
    assert.fail(`no way to ${name} by Tab`);
  };
  await focus(/^Your name in A new game/);
  await page.keyboard.type('Ada');
  await focus(/^Labyrinth/);
  await press('s');
  await focus(/^Bots/);
  await press('ControlOrMeta+a');
  await page.keyboard.type('1');
  await focus(/^Play alone/);
  await press('Enter');
  await focus(/^Map of the labyrinth/);
  let round = 1;
  for (; (await reached(page, round)) === 'turn'; round += 1) {
    assert.ok(round < 60, 'it ends');
    if (
      await page
        .getByRole('button', { name: /^Strike / })
        .first()
        .isVisible()
    ) {
      await focus(/^Map of the labyrinth/);
      for (let left = 3; left > 0; left -= 1) await press('1');
    } else if (await page.getByRole('button', { name: goal }).first().isVisible()) {
      await focus(goal);
      await press('Enter');
    }
    await focus(/^Map of the labyrinth/);
    if (round === 1) await step(page);
    if (round === 1) await page.evaluate(slowly);
    await press('Enter');
    if (round === 1) await assertMoves(page);
  }
  assert.equal(await page.evaluate('window.moved'), 0, 'nothing moved where less motion is asked for');
  await focus(/^Play again/);
  await press('Enter');
  await page.getByText('Round 1: your turn').first().waitFor();
});

/** Whatever leads to somebody, or to where nobody was. */
const goal = /^(To Bot|Explore)/;

/** What has the focus, and where it is. */
const focusedName = `(() => {
  const { labels, textContent, ariaLabel } = document.activeElement;
  const around = document.activeElement.closest('form, section');
  return (ariaLabel ?? labels?.[0]?.textContent ?? textContent) + ' in ' + around?.textContent.slice(0, 20);
})()`;

/** Whatever moves takes its time, and is counted. */
const slowly = `(() => {
  window.moved = 0;
  const { animate } = Element.prototype;
  Element.prototype.animate = function (frames, options) {
    window.moved += 1;
    return animate.call(this, frames, { ...options, duration: 60_000 });
  };
})()`;

/** The round is played on the map until somebody skips it; not at all where less motion is asked for. */
async function assertMoves(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Skip' }).click();
  await page.getByRole('button', { name: 'Skip' }).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate('document.getAnimations().length'), 0);
  assert.ok(Number(await page.evaluate('window.moved')) > 0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate('window.moved = 0');
}

/** By the key that lies there, where no wall is. */
async function step(page: Page): Promise<void> {
  await assertTakesBack(page);
  const open = await page.locator('.pad button:enabled').first().getAttribute('data-key');
  await page.keyboard.press(`Key${open}`);
}

async function assertTakesBack(page: Page): Promise<void> {
  const planned = page.locator('.plan li');
  await waitFor('something is planned and stored', async () => {
    return (await planned.count()) > 0 && (await page.locator('.plan .pending').count()) === 0 ? true : null;
  });
  const before = await planned.count();
  await page.keyboard.press('Backspace');
  await waitFor('one less is planned', async () => ((await planned.count()) === before - 1 ? true : null));
}

test('on a phone, by touch on the map, in a page of 320 pixels', async (t) => {
  const stage = await Stage.open(t);
  const page = await stage.person('/', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  await assertFine(page, 'crawl-door-phone');
  const form = page.getByRole('form', { name: 'A new game' });
  await form.getByLabel('Your name').fill('Ada');
  await form.getByRole('button', { name: 'Play alone' }).tap();
  await reached(page, 1);
  await assertFine(page, 'crawl-turn-phone');
  const hint = page.getByText('Choose a blue place to walk there, then Done.');
  await hint.waitFor();
  // A light place in reach: the mark on it is where a finger would go.
  const mark = await page.locator('.reach').evaluate((path) => {
    const { x, y } = (path as unknown as { getPointAtLength(at: number): { x: number; y: number } }).getPointAtLength(
      0,
    );
    const matrix = (
      path as unknown as { getScreenCTM(): { a: number; d: number; e: number; f: number } }
    ).getScreenCTM();
    return { x: matrix.a * x + matrix.e - 2, y: matrix.d * y + matrix.f };
  });
  await page.touchscreen.tap(mark.x, mark.y);
  await page.locator('.plan li').first().waitFor();
  await page.getByText('stored').first().waitFor();
  assert.ok(!(await hint.isVisible()), 'it is known now');
  await page.getByRole('button', { name: 'Done with round 1' }).tap();
  await reached(page, 2);
  await comesIntoView(page, page.getByText('Round 2: your turn').and(page.locator('.banner *')));
});

test('who was away is told what happened since, and goes on with the plan that was made elsewhere', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, { ...duel, bots: 1 });
  const page = await stage.person(linkOf(seat));
  await page.getByRole('button', { name: 'Start' }).click();
  await reached(page, 1);
  await hunt(page);
  await page.goto('about:blank');
  const headers = { authorization: `Bearer ${seat.token}` };
  const done = await fetch(`${stage.url}/v1/games/${seat.game}/rounds/1/commit`, { method: 'POST', headers });
  assert.ok(done.ok, await done.text());
  await page.goto(`${stage.url}/#${seat.game}`);
  await reached(page, 2);
  const since = page.getByRole('region', { name: 'Since you looked' });
  await since.getByText('Round 1: You walked.').waitFor();
  await assertFine(page, 'crawl-since');
  await since.getByRole('button', { name: 'Got it' }).click();
  await since.waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 600, height: 425 });
  await assertFine(page, 'crawl-turn-zoomed');
  // From another device.
  const moved = await page.locator('.pad button:enabled').first().getAttribute('aria-label');
  const direction = ['east', 'south-east', 'south-west', 'west', 'north-west', 'north-east'].indexOf(
    (moved ?? '').replace('Step ', ''),
  );
  const [q, r] = [
    [1, 0],
    [0, 1],
    [-1, 1],
    [-1, 0],
    [0, -1],
    [1, -1],
  ][direction] as [number, number];
  await fetch(`${stage.url}/v1/games/${seat.game}/actions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'move', vector: { q, r } }),
  });
  await page
    .locator('.plan')
    .getByText(moved ?? '', { exact: true })
    .waitFor();
});

test('anybody may watch a game whose host lets them, and no other', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, { ...duel, bots: 1, spectators: true });
  const closed = await lobby(stage, duel);
  const page = await stage.person('/');
  const form = page.getByRole('form', { name: 'Watch a game' });
  await form.getByLabel('Code').fill(` ${seat.game.slice(0, 4).toLowerCase()}-${seat.game.slice(4)} `);
  await form.getByRole('button', { name: 'Watch' }).click();
  await page.getByText('It has not begun').first().waitFor();
  const headers = { authorization: `Bearer ${seat.token}` };
  assert.ok((await fetch(`${stage.url}/v1/games/${seat.game}/start`, { method: 'POST', headers })).ok);
  await page.getByText('2 of 2 are still alive').waitFor();
  await page.getByText('1 watching').waitFor();
  await assertFine(page, 'crawl-watching');
  await page.goto(`${stage.url}/#watch=${closed.game}`);
  await page.getByText('Nobody may watch this game').waitFor();
  await assertFine(page, 'crawl-watching-refused');
  await page.getByRole('button', { name: 'To the door' }).click();
  await page.getByRole('heading', { name: 'A new game' }).waitFor();
});

test('a draw is told in words, and both play again, in one game, and let somebody else in', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, { ...duel, table: { damage: 12, lastRound: 1 } });
  const [ada, grace] = [await stage.person(linkOf(seat)), await stage.person(`/#${seat.game}`)];
  await join(grace, 'Grace');
  await ada.getByText('Grace').first().waitFor();
  await ada.getByRole('button', { name: 'Start' }).click();
  await reached(ada, 1);
  await grace.setViewportSize({ width: 390, height: 844 });
  for (const page of [ada, grace]) await page.getByRole('button', { name: 'Done with round 1' }).click();
  await comesIntoView(grace, grace.getByRole('heading', { name: 'A draw' }));
  for (const page of [ada, grace]) {
    await page.getByRole('heading', { name: 'A draw' }).waitFor();
    await page.getByText('The last round is over: Ada and Grace share the victory.').first().waitFor();
  }
  await assertFine(ada, 'crawl-draw');
  await grace.getByRole('button', { name: 'Play again' }).click();
  await grace.getByText('Grace (you)').waitFor();
  await ada.getByText('Grace waits for you in the next game.').first().waitFor();
  await assertFine(ada, 'crawl-again');
  await ada.getByRole('button', { name: 'Play again' }).click();
  await grace.getByText('Ada').first().waitFor();
  const link = await ada.getByLabel('Link for others', { exact: true }).inputValue();
  assert.ok(!link.endsWith(seat.game), 'another game');
  assert.equal(await grace.getByLabel('Link for others', { exact: true }).inputValue(), link, 'the same for both');
  await assertFine(ada, 'crawl-lobby-locked');
  const linus = await stage.person(new URL(link).pathname + new URL(link).hash);
  await join(linus, 'Linus');
  await linus.getByText('The host lets nobody in.').waitFor();
  await ada.getByRole('checkbox', { name: 'Locked: nobody else comes in', checked: true }).click();
  await ada.getByRole('checkbox', { name: 'Locked: nobody else comes in', checked: false }).waitFor();
  await join(linus, 'Linus');
  await linus.getByText('Linus (you)').waitFor();
  await ada.getByText('Linus').first().waitFor();
  await ada.getByRole('button', { name: 'Start' }).click();
  for (const page of [ada, grace, linus]) await reached(page, 1);
  await grace.setViewportSize({ width: 320, height: 640 });
  await assertFine(grace, 'crawl-rematch-phone');
});

test('who gives up is asked once, loses the seat, and the other one wins', async (t) => {
  const stage = await Stage.open(t);
  const seat = await lobby(stage, duel);
  const [ada, grace] = [await stage.person(linkOf(seat)), await stage.person(`/#${seat.game}`)];
  await join(grace, 'Grace');
  await ada.getByText('Grace').first().waitFor();
  await ada.getByRole('button', { name: 'Start' }).click();
  await reached(ada, 1);
  const begin = ada.getByRole('button', { name: 'Give up …' });
  await begin.press('Enter');
  await ada.getByText('Your character dies, and you cannot come back.').waitFor();
  assert.equal(await ada.evaluate('document.activeElement.textContent'), 'Play on');
  await assertFine(ada, 'crawl-giving-up');
  await ada.keyboard.press('Enter');
  await begin.waitFor();
  assert.equal(await ada.evaluate('document.activeElement.textContent'), 'Give up …');
  await begin.click();
  await ada.getByRole('button', { name: 'Give up for good' }).click();
  await ada.getByRole('heading', { name: 'A new game' }).waitFor();
  assert.equal(await ada.getByText(`Back to ${seat.game}`).count(), 0);
  await grace.getByRole('button', { name: 'Done with round 1' }).click();
  await grace.getByRole('heading', { name: 'You won' }).waitFor();
  await grace.locator('.log').getByText('Ada has left the game.').waitFor();
});
