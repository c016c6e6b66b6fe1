/** A match in a component, with hooks as preact and React give them: each update is shown, the end is said, and who goes reads no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUseMatch, Ended, type Match, minotaur } from '../../../src/client/index.ts';
import { FakeHost } from './fake-host.ts';

const game = (round: number) => ({
  id: 'ABC',
  status: 'active',
  round,
  roundEndTime: null,
  world: null,
  players: null,
});

/** One component, rendered again whenever its state changes. */
class Component {
  shown = 0;
  #state: unknown;
  #hasState = false;
  #of: readonly unknown[] = [];
  #leave: (() => void) | null = null;
  readonly useMatch = createUseMatch({
    useState: <Value>(first: Value) => {
      if (!this.#hasState) this.#state = first;
      this.#hasState = true;
      const set = (next: Value) => {
        this.#state = next;
        this.shown += 1;
      };
      return [this.#state as Value, set];
    },
    useEffect: (run, of) => {
      if (this.#leave !== null && of.every((each, index) => each === this.#of[index])) return;
      this.#leave?.();
      this.#of = of;
      this.#leave = run();
    },
  });

  render(match: Match) {
    return this.useMatch(match);
  }

  unmount(): void {
    this.#leave?.();
    this.#leave = null;
  }
}

function playing() {
  const fake = new FakeHost();
  const match = minotaur('http://a', fake.host).rejoin({ gameId: 'ABC', playerId: 'p1', token: 't' });
  fake.socket.open();
  const say = async (version: number) => {
    fake.socket.say({ type: 'game', version, game: game(version) });
    await fake.settle();
  };
  return { fake, match, say };
}

test('a component shows each update, and why nothing more comes', async () => {
  const { fake, match, say } = playing();
  const component = new Component();
  assert.deepEqual(component.render(match), { update: null, ended: null });
  await say(1);
  assert.equal(component.render(match).update?.game.round, 1);
  await say(2);
  assert.equal(component.render(match).update?.version, 2);
  assert.equal(component.shown, 2, 'rendering again reads nothing twice');
  fake.socket.end(4401, 'kicked: x');
  await fake.settle();
  const { update, ended } = component.render(match);
  assert.ok(ended instanceof Ended && update?.version === 2);
});

test('a component that is gone, or shows another match, hears no more of this one', async () => {
  const [one, other] = [playing(), playing()];
  const component = new Component();
  component.render(one.match);
  await one.say(1);
  component.render(other.match);
  await other.say(7);
  await one.say(2);
  assert.equal(component.render(other.match).update?.version, 7);
  component.unmount();
  const before = component.shown;
  await other.say(8);
  assert.equal(component.shown, before);
  // It can be shown again, from the newest state on.
  component.render(other.match);
  await other.fake.settle();
  assert.equal(component.render(other.match).update?.version, 8);
});
