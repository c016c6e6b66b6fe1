/** The table for any game, in browsers: whole games while members die, by keyboard alone, on a phone, and without a network for a while. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { MemberProcess } from '../support/member-process.ts';
import { waitFor } from '../support/wait.ts';
import { assertFine, Stage } from './support/stage.ts';

const ticTacToe = { MINOTAUR_GAME: 'tic-tac-toe' };

/** What has the focus, and where it is. */
const focusedName = `(() => {
  const { labels, textContent } = document.activeElement;
  const around = document.activeElement.closest('form, section');
  return (labels?.[0]?.textContent ?? textContent) + ' in ' + around?.textContent.slice(0, 20);
})()`;

async function open(page: Page, name: string): Promise<string> {
  const form = page.getByRole('form', { name: 'Open a new game' });
  await form.getByLabel('Your name').fill(name);
  await form.getByLabel('Seconds a round').fill('600');
  await form.getByRole('button', { name: 'Open' }).click();
  return (await page.locator('h1 .code').textContent()) ?? '';
}

async function join(page: Page, name: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Join a game' });
  await form.getByLabel('Your name').fill(name);
  await form.getByRole('button', { name: 'Join' }).click();
}

/** Marks a cell as JSON: the way that is there for every game. */
async function mark(page: Page, cell: number): Promise<void> {
  const editor = page.getByLabel('Action', { exact: true });
  if (!(await editor.isVisible())) await page.getByText('An action as JSON').click();
  await editor.fill(`{"type": "mark", "cell": ${cell}}`);
  await page.getByRole('button', { name: 'Send the action' }).click();
}

/** Whose turn it is in a round. */
function inTurn(pages: readonly Page[], round: number): Promise<Page> {
  return waitFor(`round ${round} begins`, async () => {
    for (const page of pages) if (await page.getByText(`Round ${round}: your turn`).first().isVisible()) return page;
    return null;
  });
}

test('two people play to the end while one member is killed and another drained', async (t) => {
  const stage = await Stage.open(t, ticTacToe);
  const ada = await stage.person('/play');
  await assertFine(ada, 'play-door');
  const code = await open(ada, 'Ada');
  const grace = await stage.person(`/play#game=${code}`);
  await join(grace, 'Grace');
  await ada.getByText('Grace').first().waitFor();
  await assertFine(ada, 'play-lobby');
  await ada.getByRole('button', { name: 'Start' }).click();
  await ada
    .getByRole('listitem')
    .filter({ hasText: 'Grace' })
    .getByText('connected', { exact: true })
    .first()
    .waitFor();

  const pages = [ada, grace];
  // Gone with a reload.
  for (const page of pages) await page.evaluate('window.loadedOnce = true');
  const cells = [0, 3, 1, 4, 2];
  for (const [index, cell] of cells.entries()) {
    const player = await inTurn(pages, index + 1);
    if (index === 0) await assertFine(player, 'play-turn');
    if (index === 2) await (await ownerOf(stage, code)).kill();
    if (index === 3) await (await ownerOf(stage, code)).terminate();
    await mark(player, cell);
    // Whoever wins has no form any more.
    if (index < 4)
      await player
        .getByText(/stored after \d+ ms/)
        .first()
        .waitFor();
  }
  for (const page of pages) {
    await page
      .getByText(/The game is over: (Ada|Grace) won/)
      .first()
      .waitFor();
    assert.ok(await page.evaluate('window.loadedOnce === true'), 'the page was loaded again');
    const marked = await page.getByText(/^\d marked/).count();
    assert.equal(marked, cells.length, 'each mark was told once');
  }
  await assertFine(grace, 'play-over');
  await grace.getByRole('button', { name: 'Play again' }).click();
  await ada.getByText('Grace waits for you in the next game.').first().waitFor();
  await ada.getByRole('button', { name: 'Play again' }).click();
  for (const page of pages) await page.getByText('Ada').first().waitFor();
  const codes = await Promise.all(pages.map((page) => page.locator('h1 .code').textContent()));
  assert.ok(codes[0] === codes[1] && codes[0] !== code, `${codes} after ${code}`);
  await ada.getByRole('button', { name: 'Start' }).click();
  await inTurn(pages, 1);
});

async function ownerOf({ cluster, url }: Stage, code: string): Promise<MemberProcess> {
  const { owner } = (await (await fetch(`${url}/v1/games/${code}/location`)).json()) as { readonly owner: string };
  const member = cluster.running.find(({ id }) => id === owner);
  assert.ok(member, `${owner} runs`);
  return member;
}

test('a game by keyboard alone', async (t) => {
  const stage = await Stage.open(t, ticTacToe);
  const page = await stage.person('/play');
  const press = (key: string) => page.keyboard.press(key);
  const named = async (name: RegExp) => {
    for (let presses = 0; presses < 80; presses++) {
      const focused = String(await page.evaluate(focusedName));
      if (name.test(focused)) return;
      await press('Tab');
    }
    assert.fail(`no way to ${name} by Tab`);
  };
  await named(/^Your name in Open/);
  await page.keyboard.type('Ada');
  await named(/^Bots/);
  await press('ControlOrMeta+a');
  await page.keyboard.type('1');
  await press('Enter');
  await named(/^Start/);
  await press('Enter');
  for (let round = 1; ; ) {
    const game = await waitFor(`something new after round ${round}`, async () => {
      const now = await stateOf(page);
      // A game that one's own mark has ended stays in its round.
      const isOver = now.status === 'concluded';
      return isOver || (now.turn.players.includes(now.you) && now.round >= round) ? now : null;
    });
    if (game.status === 'concluded') break;
    if (!(await page.getByLabel('Action', { exact: true }).isVisible())) {
      await named(/^An action as JSON/);
      await press('Enter');
    }
    await named(/^Action/);
    await press('ControlOrMeta+a');
    await page.keyboard.type(`{"type":"mark","cell":${game.world.cells.indexOf(null)}}`);
    await named(/^Send the action/);
    await press('Enter');
    round = game.round + 1;
  }
  await page.getByText('The game is over').first().waitFor();
});

interface State {
  readonly status: string;
  readonly round: number;
  readonly you: string;
  readonly turn: { readonly players: readonly string[] };
  readonly world: { readonly cells: readonly (string | null)[] };
}

/** As the page has it, told to developers. */
async function stateOf(page: Page): Promise<State> {
  return JSON.parse((await page.locator('.debug .state').textContent()) ?? '');
}

test('on a phone, and through a time without a network', async (t) => {
  const stage = await Stage.open(t, ticTacToe);
  const page = await stage.person('/play', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  await assertFine(page, 'play-door-phone');
  const code = await open(page, 'Ada');
  await assertFine(page, 'play-lobby-phone');
  const grace = await stage.person(`/play#game=${code}`);
  await page.context().setOffline(true);
  await page.getByText('Connecting. Nothing is lost.').waitFor();
  await join(grace, 'Grace');
  await grace.getByText('Ada').first().waitFor();
  await page.context().setOffline(false);
  await page.getByText('Grace').first().waitFor();
  await page.getByRole('button', { name: 'Start' }).tap();
  await page
    .getByText(/^Round 1: /)
    .first()
    .waitFor();
  await assertFine(page, 'play-turn-phone');
});

test('a field that names a player begins with somebody else, and says what its schema says', async (t) => {
  const stage = await Stage.open(t, ticTacToe);
  const page = await stage.person('/play');
  const target = { type: 'string', description: 'Who is hit' };
  const schema = { properties: { type: { const: 'attack' }, target }, required: ['target'] };
  const post = { requestBody: { content: { 'application/json': { schema } } } };
  await page.route('**/docs/openapi.json', (route) =>
    route.fulfill({ json: { paths: { '/v1/games/{id}/actions': { post } } } }),
  );
  const alone = page.getByRole('form', { name: 'Every seat yourself' });
  await alone.getByRole('button', { name: 'Take them' }).click();
  await page.getByRole('button', { name: 'Start' }).click();
  const chosen = page.getByRole('form', { name: 'attack' }).locator('option:checked');
  await page.getByText('Who is hit').waitFor();
  const seats = page.getByRole('navigation', { name: 'Your seats' });
  assert.equal(await chosen.textContent(), 'Seat 2');
  await seats.getByRole('button', { name: 'Seat 2' }).click();
  await page.getByRole('button', { name: 'Seat 2', pressed: true }).waitFor();
  await waitFor('Seat 2 hits another', async () => (await chosen.textContent()) === 'Seat 1');
  await assertFine(page, 'play-described');
  await page.setViewportSize({ width: 320, height: 640 });
  await assertFine(page, 'play-described-phone');
});

test('every seat from one page, its frames, and somebody who watches', async (t) => {
  const stage = await Stage.open(t, ticTacToe);
  const page = await stage.person('/play');
  const alone = page.getByRole('form', { name: 'Every seat yourself' });
  await alone.getByRole('button', { name: 'Take them' }).click();
  await page.getByText('Seat 2').first().waitFor();
  const code = (await page.locator('h1 .code').textContent()) ?? '';
  const watcher = await stage.person('/play');
  const door = watcher.getByRole('form', { name: 'Watch a game' });
  await door.getByLabel('Code').fill(code.toLowerCase());
  await door.getByRole('button', { name: 'Watch' }).click();
  await watcher.getByText('It has not begun').first().waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  const seats = page.getByRole('navigation', { name: 'Your seats' });
  for (let round = 1; round <= 5; round += 1) {
    await page
      .getByText(new RegExp(`Round ${round}: `))
      .first()
      .waitFor();
    const { turn, you } = await stateOf(page);
    // Whose turn it is, is known to whoever sits there.
    if (!turn.players.includes(you)) await seats.locator('[aria-pressed=false]').click();
    await page.getByText(`Round ${round}: your turn`).first().waitFor();
    if (round === 1) await watcher.getByText('Round 1').first().waitFor();
    if (round === 3) await page.reload();
    if (round === 3) await page.getByText('Round 3: your turn').first().waitFor();
    await mark(page, [0, 3, 1, 4, 2][round - 1] as number);
  }
  await page
    .getByText(/The game is over: Seat \d won/)
    .first()
    .waitFor();
  await watcher.getByText('It is over, after').first().waitFor();
  await assertFine(watcher, 'play-watching');
  await page.getByText('For developers').click();
  const frames = page.getByRole('list', { name: 'Frames and requests, the newest first' });
  await frames
    .getByText(/^POST \/v1\/games\/.*\/actions → 200$/)
    .first()
    .waitFor();
  const game = frames.getByRole('listitem').filter({ hasText: 'from the server: game' }).first();
  await game.getByText(/characters, \d+ ms/).waitFor();
  await game.getByText('from the server: game').click();
  await game.getByText('"serverTime"').waitFor();
  const told = (await frames.textContent()) ?? '';
  assert.doesNotMatch(told, /v1\.[\w-]{20,}\.[\w-]{20,}/, 'no token is shown');
  await page.getByRole('button', { name: 'Hold' }).click();
  const held = await frames.getByRole('listitem').count();
  await seats.locator('[aria-pressed=false]').click();
  await frames.waitFor();
  assert.equal(await frames.getByRole('listitem').count(), held, 'nothing is added while it holds');
  await assertFine(page, 'play-frames');
  await page.setViewportSize({ width: 320, height: 640 });
  await assertFine(page, 'play-frames-phone');
  await page.getByRole('button', { name: 'Play again' }).click();
  await page.getByText('Seat 2').first().waitFor();
  await page.getByText('The code is').waitFor();
  assert.equal(await seats.getByRole('button').count(), 2, 'both seats of the next game');
  await seats.getByRole('button', { name: 'Seat 1' }).click();
  await page.getByRole('button', { name: 'Start' }).click();
  await page
    .getByText(/Round 1: /)
    .first()
    .waitFor();
  await watcher.goto(`${stage.url}/play#watch=NOSUCHGM`);
  await watcher.getByText('Nobody may watch this game').waitFor();
});
