/** The story of the cluster, whichever member answers when: a loss is told once and closed once, whatever each member has seen by then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer, isMoving, nothingYet, type Story } from '../../../src/web/cluster/story.ts';
import { Cluster } from './answers.ts';

type Step = (cluster: Cluster, look: (who: number, torn: boolean) => void) => void;

const who = fc.nat(5);
const died = fc.tuple(who, fc.boolean()).map(
  ([by, isFound]): Step =>
    (cluster) =>
      cluster.kill(by, isFound),
);
const looked = fc.tuple(who, fc.boolean()).map(
  ([by, torn]): Step =>
    (_, look) =>
      look(by, torn),
);
const watched = fc
  .tuple(who, fc.constantFrom('members' as const, 'slots' as const), fc.integer({ min: 1, max: 8 }))
  .map(
    ([by, stream, count]): Step =>
      (cluster) =>
        cluster.watch(by, stream, count),
  );
const took = fc.tuple(who, fc.constantFrom(1, 2, 6)).map(
  ([by, most]): Step =>
    (cluster) =>
      cluster.take(by, most),
);
const handed = fc.tuple(who, who).map(
  ([by, to]): Step =>
    (cluster, look) => {
      cluster.handOff(by, to);
      look(by, false);
    },
);
const others = fc.oneof(
  fc.nat(2).map(
    (which): Step =>
      (cluster) =>
        cluster.expel(which),
  ),
  who.map(
    (by): Step =>
      (cluster) =>
        cluster.renew(by),
  ),
  fc.constantFrom('a', 'b', 'c', 'd').map(
    (id): Step =>
      (cluster) =>
        cluster.join(id),
  ),
  handed,
  died,
);
const steps = fc.oneof(looked, looked, watched, watched, took, others);
/** Somebody dies, and what follows comes in any order. */
const orders = fc
  .tuple(fc.array(others, { maxLength: 4 }), died, fc.array(steps, { maxLength: 25 }))
  .map(([before, death, after]): readonly Step[] => [...before, death, ...after]);

/** One question in 300 ms, and when all is over, as many as there are answers. `mourned`: who was seen to have slots, and died. */
function play(
  run: readonly Step[],
  last: readonly number[],
): { readonly cluster: Cluster; readonly story: Story; readonly mourned: ReadonlySet<string> } {
  const cluster = new Cluster();
  let at = 0;
  let story = nothingYet;
  const look = (by: number, torn: boolean) => {
    at += 300;
    story = answer(story, cluster.answer(by, torn), at);
  };
  look(0, false);
  const mourned = new Set<string>();
  for (const step of run) {
    const owners = new Set(story.report?.slotMap?.owners);
    const deaths = cluster.deaths.length;
    step(cluster, look);
    const dead = cluster.deaths[deaths];
    if (dead !== undefined && owners.has(dead)) mourned.add(dead);
  }
  cluster.settle();
  for (const by of last) look(by, false);
  return { cluster, story, mourned };
}

function namesIn(story: Story, pattern: RegExp): readonly string[] {
  return story.entries.flatMap(({ text }) => pattern.exec(text)?.[1]?.split(', ') ?? []);
}

const options = { numRuns: 1_500 };
const afterwards = fc.array(who, { minLength: 40, maxLength: 60 });

test('whatever order answers come in, a loss is told once and closed once, and nothing is taken for a loss of writes', () => {
  fc.assert(
    fc.property(orders, afterwards, (run, last) => {
      const { cluster, story, mourned } = play(run, last);
      const told = story.entries.map(({ text }) => text).join('\n');
      assert.doesNotMatch(told, /lost writes/);
      assert.equal(story.loss, null, told);
      assert.equal(isMoving(story), false, told);
      const closed = namesIn(story, /^every slot has an owner again, .* after (.*) was last heard of$/);
      const gone = namesIn(story, /^(\w+) is gone/);
      for (const id of ['a', 'b', 'c', 'd']) {
        const deaths = cluster.deaths.filter((death) => death === id);
        const count = (names: readonly string[]) => names.filter((name) => name === id).length;
        assert.ok(
          count(closed) <= deaths.length,
          `${id} closed ${count(closed)} times for ${deaths.length} deaths\n${told}`,
        );
        assert.ok(count(gone) <= deaths.length, `${id} gone ${count(gone)} times for ${deaths.length} deaths\n${told}`);
        if (mourned.has(id)) assert.ok(count(closed) > 0, `the loss of ${id} is never closed\n${told}`);
      }
    }),
    options,
  );
});

test('what all members know is told alike, however they count: no news, and no loss of writes', () => {
  fc.assert(
    fc.property(orders, fc.array(who, { minLength: 80, maxLength: 100 }), (run, last) => {
      const { story } = play(run, last.slice(0, 10));
      const later = play(run, last).story;
      assert.deepEqual(
        later.entries.map(({ text }) => text),
        story.entries.map(({ text }) => text),
      );
    }),
    { numRuns: 200 },
  );
});
