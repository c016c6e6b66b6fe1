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
  return JSON.parse((await page.locator('.debug pre').textContent()) ?? '');
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
