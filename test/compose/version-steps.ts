/**
 * Members of two versions side by side, the newer with another state of games (support/next-version.ts): a rolling update half way of which a
 * member dies, a rollback, the update again, and its end by an operator.
 *
 * Until somebody finalizes, what is stored is of the older version, so the new field is there as long as a new member owns the game, and goes
 * with it: a rollback rests on that. From then on it outlives its owner, and a member of the older version is refused.
 */
import assert from 'node:assert/strict';
import { type Deployment, type Member, members } from './support/deployment.ts';
import { firstSeason } from './support/next-version.ts';
import type { Step } from './support/steps.ts';
import type { Look, Traffic } from './support/traffic.ts';

type StateVersion = 3 | 4;

/** `images` hold state versions 3 and 4; all members are of the first one, and of the second one in the end. */
export function versionSteps(
  deployment: Deployment,
  traffic: Traffic,
  images: { readonly present: string; readonly next: string },
): readonly Step[] {
  const versions = new Map<string, StateVersion>(members.map((member) => [member, 3]));
  let last: readonly Look[] = [];

  const roll = async (version: StateVersion, ...targets: readonly Member[]) => {
    for (const member of targets) {
      await deployment.replace(member, version === 3 ? images.present : images.next);
      versions.set(member, version);
      await deployment.settled();
    }
  };
  /** Looks at every game: it is of its owner's version, and nothing that was acknowledged is missing. */
  const check = async () => {
    const looks = await traffic.look();
    for (const look of looks) {
      const where = `${look.id}, owned by ${look.owner}`;
      const { stateVersion, season = null } = look.game;
      assert.equal(stateVersion, versions.get(look.owner), where);
      assert.equal(season !== null && season >= firstSeason, stateVersion === 4, where);
      const newest = Math.max(look.acknowledged, last.find(({ id }) => id === look.id)?.version ?? 0);
      assert.ok(look.version >= newest, `${where}: has version ${look.version}, and had ${newest}`);
    }
    last = looks;
  };
  const tool = (member: Member, ...argv: readonly string[]) =>
    deployment.docker('exec', deployment.container(member), 'node', 'src/cli/minotaur.ts', ...argv);
  const finalize = async () => {
    assert.match(await tool('m2', 'status'), /all speak state version 4: ready for minotaur finalize/);
    assert.match(await tool('m2', 'finalize'), /state version 4 and protocol 1 is written from now on/);
  };
  /** Rounds end all the time, so what was in the field before is less than what is in it now. */
  const fieldIsKept = async () => {
    const before = new Map(last.map(({ id, game }) => [id, game.season ?? 0]));
    assert.ok(
      [...before.values()].some((season) => season > firstSeason),
      'no round has ended yet',
    );
    await check();
    for (const { id, game } of last) assert.ok((game.season ?? 0) >= (before.get(id) ?? 0), `${id} began anew`);
  };
  const refused = async () => {
    await assert.rejects(deployment.replace('m3', images.present));
    const said = await deployment.docker('logs', deployment.container('m3'));
    assert.match(said, /this version knows state version 3 and protocol 1; the cluster needs at least 4 and 1/);
  };
  const gamesOf = (member: Member) => last.filter(({ owner }) => owner === member).map(({ id }) => id);
  const planned = { restore: check, kind: 'unnoticed', withinMs: 8_000 } as const;

  return [
    { name: 'two members are replaced by the next version', act: () => roll(4, 'm1', 'm2'), ...planned },
    {
      name: 'one of these is killed: games go back to this version',
      act: () => deployment.docker('kill', deployment.container('m1')),
      restore: async () => {
        const orphans = gamesOf('m1');
        await check();
        const takenOver = gamesOf('m3').filter((id) => orphans.includes(id));
        assert.ok(takenOver.length > 0, `m3 has none of ${orphans}`);
        await roll(4, 'm1');
        await check();
      },
      withinMs: 10_000,
    },
    { name: 'the last member is replaced by the next version', act: () => roll(4, 'm3'), ...planned },
    { name: 'all are rolled back to this version, one by one', act: () => roll(3, ...members), ...planned },
    { name: 'all are replaced by the next version again', act: () => roll(4, ...members), ...planned },
    { name: 'an operator finalizes the next version', act: finalize, ...planned },
    {
      name: 'one is killed: games keep what only the next version knows',
      act: () => deployment.docker('kill', deployment.container('m1')),
      restore: async () => {
        await fieldIsKept();
        await roll(4, 'm1');
        await check();
      },
      withinMs: 10_000,
    },
    {
      name: 'a member of this version is refused, and the others go on',
      act: refused,
      restore: () => roll(4, 'm3'),
      kind: 'planned',
      withinMs: 8_000,
    },
  ];
}
