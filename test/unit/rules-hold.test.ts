/**
 * The house's rules bite: who may import whom, and where time, randomness and the environment may come from.
 *
 * Role: plants one forbidden line a file in a copy of the settings and expects the linter to refuse each, and no other.
 * Why: a rule whose pattern matches nothing passes on everything, silently.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const anImport = (from: string) => `export { it } from '${from}';\n`;
const aType = (from: string) => `export type { It } from '${from}';\n`;
const aUse = (expression: string) => `export const used = ${expression};\n`;

/** A line planted in a folder, and the rule that must refuse it there. */
interface Plant {
  readonly folder: string;
  readonly line: string;
  readonly rule:
    | 'lint/style/noRestrictedImports'
    | 'lint/style/noRestrictedGlobals'
    | 'lint/complexity/noVoid'
    | 'plugin';
}

/** What no wing of src/member may import, and none of src/http. */
const fromAWing = ['../../adapters/system.ts', '../../http/server.ts', '../../game/rules.ts', 'node:timers/promises'];
const fromTheEdge = [
  '../../adapters/system.ts',
  '../../member/sessions/session-host.ts',
  '../../member/contract/rpc.ts',
  '../../game/rules.ts',
  '../../games/minotaur/game.ts',
  '../../session/session.ts',
  '../../cluster/ring.ts',
  'node:timers/promises',
];

const forbiddenImports: Readonly<Record<string, readonly string[]>> = {
  'src/game': [
    '../games/minotaur/game.ts',
    '../cluster/ring.ts',
    '../session/session.ts',
    '../ports/clock.ts',
    '../errors.ts',
    './../member/contract/gateway.ts',
    'node:fs',
    'nats',
  ],
  'src/games/one': ['../../game/rules.ts', '../other/game.ts', './../../game/table.ts', 'zod', 'node:crypto'],
  'src/client': ['../game/state.ts', '../errors.ts', '../http/server.ts', 'node:crypto', 'zod'],
  'src/web/kit': [
    '../../http/pages.ts',
    '../../client/match.ts',
    '../../game/module.ts',
    '../../errors.ts',
    'zod',
    'node:fs',
    'preact/compat',
  ],
  'src/cluster': ['../session/session.ts', '../errors.ts', '../ports/clock.ts', 'node:crypto'],
  'src/session': [
    '../game/rules.ts',
    '../games/minotaur/game.ts',
    '../cluster/ring.ts',
    '../ports/clock.ts',
    'node:timers',
  ],
  'src/ports': ['../session/rules.ts', 'zod'],
  'src/member': [
    '../adapters/system.ts',
    './../adapters/nats/store.ts',
    '../http/server.ts',
    '../app.ts',
    '../game/rules.ts',
    '../games/minotaur/game.ts',
    'node:timers/promises',
    'node:fs',
  ],
  'src/member/kit': ['../store/settle.ts', '../../cluster/ring.ts', '../../errors.ts', 'node:crypto'],
  'src/member/contract': ['../store/settle.ts', '../member.ts', './../store/settle.ts', ...fromAWing],
  'src/member/store': ['../contract/rpc.ts', '../incarnation.ts', ...fromAWing],
  'src/member/membership': ['../sessions/session-host.ts', '../slots/slot-agent.ts', '../incarnation.ts', ...fromAWing],
  'src/member/sessions': ['../membership/membership.ts', '../slots/slot-agent.ts', '../member.ts', ...fromAWing],
  'src/member/webhooks': ['../sessions/notices.ts', '../store/settle.ts', '../incarnation.ts', ...fromAWing],
  'src/member/slots': ['../gateway/router.ts', '../incarnation.ts', ...fromAWing],
  'src/member/gateway': ['../incarnation.ts', '../slots/slot-agent.ts', '../sessions/session-host.ts', ...fromAWing],
  'src/http': ['../adapters/system.ts', '../member/contract/gateway.ts', '../errors.ts', 'node:timers/promises'],
  'src/http/edge': ['../rest/api-routes.ts', '../socket/socket.ts', '../app.ts', ...fromTheEdge],
  'src/http/socket': ['../rest/api-routes.ts', '../docs/page.ts', '../server.ts', ...fromTheEdge],
  'src/http/rest': ['../app.ts', ...fromTheEdge],
  'src/http/api': [
    '../edge/edge.ts',
    '../../member/contract/gateway.ts',
    '../../game/rules.ts',
    '../../adapters/system.ts',
  ],
  'src/adapters': ['../member/contract/gateway.ts'],
  'src/adapters/nats': ['../../session/snapshot.ts'],
  'src/dev': ['../adapters/system.ts'],
  'src/cli': ['../adapters/nats/inspection.ts', '../dev/repeat.ts', '../web/kit/wire.ts', '../member/member.ts'],
  'src/cli/commands': ['../../adapters/system.ts', '../../dev/screen.ts'],
  src: ['./adapters/nats/store.ts'],
};
const forbiddenGlobals = ['setTimeout', 'setInterval', 'setImmediate', 'performance.now()', 'globalThis.setTimeout'];
const ambientInputs = [
  'Date.now()',
  'Date.now',
  'new Date()',
  'Math.random()',
  'process.env',
  'process.env.HOME',
  'crypto.randomUUID()',
];
const foldersWithoutAmbientInputs = [
  'src',
  'src/game',
  'src/client',
  'src/cluster',
  'src/session',
  'src/member',
  'src/member/kit',
  'src/member/sessions',
  'src/http',
  'src/http/edge',
  'src/adapters/nats',
];

const planted: readonly Plant[] = [
  ...Object.entries(forbiddenImports).flatMap(([folder, froms]) =>
    froms.map((from): Plant => ({ folder, line: anImport(from), rule: 'lint/style/noRestrictedImports' })),
  ),
  ...foldersWithoutAmbientInputs.flatMap((folder): Plant[] => [
    ...forbiddenGlobals.map((use): Plant => ({ folder, line: aUse(use), rule: 'lint/style/noRestrictedGlobals' })),
    ...ambientInputs.map((use): Plant => ({ folder, line: aUse(use), rule: 'plugin' })),
  ]),
  // A promise that is let go belongs to somebody who hears of its failure.
  ...['src/member/sessions', 'src/http/socket', 'src/cluster', 'src/session', 'src/game'].map(
    (folder): Plant => ({ folder, line: aUse('void Promise.reject()'), rule: 'lint/complexity/noVoid' }),
  ),
];

/** What must stay allowed, so that a rule that refuses everything is noticed too. */
const allowed: Readonly<Record<string, string>> = {
  'src/game/allowed.ts': anImport('./state.ts') + aType('../session/rules.ts') + aType('zod').replace('It', 'Zod'),
  'src/games/one/allowed.ts': anImport('minotaur/game') + aType('./world.ts'),
  'src/client/allowed.ts': anImport('./feed.ts') + aType('../game/module.ts'),
  'src/client/host.ts': aUse('[Date.now, Math.random, performance, setTimeout]'),
  'src/web/kit/allowed.ts':
    anImport('../../client/index.ts') +
    aType('../../games/minotaur/game.ts') +
    aType('preact').replace('It', 'Hooks') +
    aUse('[Date.now, setInterval]'),
  'src/member/allowed.ts': anImport('../session/session.ts') + aType('../ports/clock.ts'),
  'src/member/kit/allowed.ts': anImport('./heap.ts') + aType('../../ports/clock.ts'),
  'src/member/contract/allowed.ts': anImport('../kit/retry.ts') + aType('../../session/rules.ts'),
  'src/member/store/allowed.ts': anImport('../kit/retry.ts') + aType('../../ports/store.ts'),
  'src/member/membership/allowed.ts': anImport('../store/settle.ts') + aType('../../cluster/view.ts'),
  'src/member/sessions/allowed.ts': anImport('../contract/rpc.ts') + aType('../../session/session.ts'),
  'src/member/webhooks/allowed.ts': anImport('../contract/outbox.ts') + aType('../../ports/outgoing.ts'),
  'src/member/slots/allowed.ts': anImport('../membership/membership.ts') + aType('../sessions/session-host.ts'),
  'src/member/gateway/allowed.ts': anImport('../contract/joined.ts') + aType('../store/game-archive.ts'),
  'src/http/allowed.ts': anImport('./edge/edge.ts') + aType('./rest/api-routes.ts'),
  'src/http/edge/allowed.ts': anImport('../../errors.ts') + aType('../../member/contract/gateway.ts'),
  'src/http/socket/allowed.ts': anImport('../edge/edge.ts') + aType('../api/frames.ts'),
  'src/http/rest/allowed.ts': anImport('../socket/socket-hub.ts') + aType('../docs/page.ts'),
  'src/http/api/allowed.ts': anImport('../../errors.ts') + aType('../../session/permission.ts'),
  'src/adapters/nats/allowed.ts': anImport('nats') + aType('../../ports/store.ts'),
  'src/app.ts': anImport('./adapters/nats/store.ts'),
  'src/session/allowed.ts': aUse('new Date(0).toISOString()'),
  'src/adapters/system.ts': aUse('[Date.now, Math.random, performance, setTimeout]'),
  'src/config.ts': aUse('process.env'),
  'src/dev/allowed.ts': aUse('[Date.now(), process.env, setTimeout]'),
  'test/allowed.ts': aUse('[Date.now(), performance.now()]') + anImport('../src/adapters/system.ts'),
};

const copy = mkdtempSync(join(tmpdir(), 'minotaur-rules-'));
/** File → the rules that refused something in it. */
const found = new Map<string, string[]>();

const fileOf = ({ folder }: Plant, index: number) => `${folder}/planted-${index}.ts`;

function write(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

before(async () => {
  cpSync(join(root, 'biome.json'), join(copy, 'biome.json'));
  cpSync(join(root, 'lint'), join(copy, 'lint'), { recursive: true });
  for (const [index, plant] of planted.entries()) write(fileOf(plant, index), plant.line);
  for (const [file, text] of Object.entries(allowed)) write(file, text);
  const report = await lint();
  for (const { category, location } of report.diagnostics) {
    found.set(location.path, [...(found.get(location.path) ?? []), category]);
  }
});

after(() => rmSync(copy, { recursive: true }));

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[];
}

function lint(): Promise<Report> {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const flags = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [biome, ...flags], { cwd: copy }, (_, stdout, stderr) => {
      // It exits 1 when it finds something: that is the point.
      if (stdout.startsWith('{')) resolve(JSON.parse(stdout));
      else reject(new Error(`biome gave no report: ${stderr}`));
    });
  });
}

for (const [index, plant] of planted.entries()) {
  test(`${plant.folder} refuses ${plant.line.trim()}`, () => {
    assert.deepEqual(found.get(fileOf(plant, index)), [plant.rule]);
  });
}

test('what the rules allow passes', () => {
  for (const file of Object.keys(allowed)) assert.equal(found.get(file), undefined, file);
});
