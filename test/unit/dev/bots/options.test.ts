/** What `npm run bots` takes, and what it says of what it does not. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { parseBotOptions } from '../../../../src/dev/bots/options.ts';

let before: string | undefined;
beforeEach(() => {
  before = process.env.MINOTAUR_ADMIN_TOKEN;
  delete process.env.MINOTAUR_ADMIN_TOKEN;
});
afterEach(() => {
  if (before === undefined) delete process.env.MINOTAUR_ADMIN_TOKEN;
  else process.env.MINOTAUR_ADMIN_TOKEN = before;
});

test('by itself it plays 200 games of the crawl on three members, one of which is killed every three seconds', () => {
  assert.deepEqual(parseBotOptions([]), {
    games: 200,
    atOnce: 20,
    game: 'minotaur',
    settings: {},
    on: { is: 'own', members: 3, killEveryMs: 3_000 },
  });
  assert.equal(parseBotOptions(['--games', '3', '--help']), null);
  const on = parseBotOptions(['--kill-every', '0', '--members', '1'])?.on;
  assert.deepEqual(on, { is: 'own', members: 1, killEveryMs: null });
});

test('a cluster that runs is named with its administrator’s token', () => {
  assert.throws(() => parseBotOptions(['--url', 'http://a']), /MINOTAUR_ADMIN_TOKEN/);
  process.env.MINOTAUR_ADMIN_TOKEN = 'secret';
  assert.deepEqual(parseBotOptions(['--url', 'http://a/'])?.on, {
    is: 'running',
    url: 'http://a',
    adminToken: 'secret',
  });
});

test('what makes no sense is said by name', () => {
  process.env.MINOTAUR_ADMIN_TOKEN = 'secret';
  const wrong: [string[], RegExp][] = [
    [['--games', '0'], /^Error: --games must be a whole number from 1 to/],
    [['--at-once', 'x'], /^Error: --at-once must be/],
    [['--settings', '[]'], /^Error: --settings must be a JSON object, not \[\]$/],
    [['--settings', '{'], /^Error: --settings must be a JSON object/],
    [['--members', '10'], /^Error: --members must be a whole number from 1 to 9/],
    [['--members', '1'], /^Error: --kill-every needs two members or more/],
    [['--url', 'a:3000'], /^Error: --url must begin with http/],
    [['--url', 'http://a', '--kill-every', '3'], /^Error: --members and --kill-every are for/],
    [['--seed', '3'], /--seed/],
  ];
  for (const [args, message] of wrong) assert.throws(() => parseBotOptions(args), message, args.join(' '));
});
