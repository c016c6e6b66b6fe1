/**
 * docker-compose.yml and docker/stack.yml on a real Docker engine, with clients that play all the time, while
 * containers are killed, paused, cut off, throttled, drained, and replaced by the next version and back.
 *
 * Needs nothing that is not there: an engine is started, and base images are built, where there are none. Leaves nothing behind.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { memberSteps } from './member-steps.ts';
import { natsSteps } from './nats-steps.ts';
import { originScenario } from './origin.ts';
import { Deployment, members } from './support/deployment.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { docker, Images } from './support/images.ts';
import { since } from './support/seconds.ts';
import { Steps } from './support/steps.ts';
import { Swarm } from './support/swarm.ts';
import { Traffic } from './support/traffic.ts';
import { versionSteps } from './version-steps.ts';

const image = { present: 'minotaur-test:present', next: 'minotaur-test:next' };
const largestImage = 250_000_000;
/** 7 to 10 s where nothing else runs. */
const longestStartMs = 60_000;

let engine: Engine;
let images: Images;

before(async () => {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  engine = await startEngine(say);
  const began = performance.now();
  images = await Images.prepare(engine, say);
  say(`base images: ${since(began)}`);
});

after(async () => {
  await images?.remove();
  await engine?.stop();
});

test('the image is small, and runs without rights', async (t) => {
  const began = performance.now();
  const size = await images.build(image.present, '1.0.0');
  await images.buildNext(image.next, '2.0.0');
  t.diagnostic(`${Math.round(size / 1e6)} MB with its base; built in ${since(began)}`);
  assert.ok(size < largestImage);
  const inside = (...args: readonly string[]) =>
    docker(engine, 'run', '--rm', '--read-only', '--network', 'none', '--cap-drop', 'ALL', ...args);
  assert.equal(await inside('--entrypoint', 'node', image.present, '--print', 'process.getuid()'), '10001');
  // Without settings it says what is missing and that restarting cannot help: exit code 78.
  await assert.rejects(inside(image.present), /ended with 78:[\s\S]*MINOTAUR_TOKEN_SECRETS: is required/);
  const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
  assert.equal(await docker(engine, 'image', 'inspect', '--format', label, image.next), '2.0.0');
});

test('games live through whatever happens to containers', { timeout: 900_000 }, async (t) => {
  const deployment = await Deployment.prepare(engine, { ...images.settings, MINOTAUR_IMAGE: image.present });
  let traffic: Traffic | null = null;
  let failed = true;
  try {
    await t.test('the secrets of the example are refused outside the loopback interface', async () => {
      const preflight = (bind: string) => deployment.compose(['run', '--rm', 'preflight'], { MINOTAUR_BIND: bind });
      await preflight('127.0.0.1');
      const refusal: Error = await preflight('0.0.0.0').then(
        () => assert.fail('it was accepted'),
        (error) => error,
      );
      assert.match(refusal.message, /ended with 78:[\s\S]*NATS_MEMBER_PASSWORD[\s\S]*NATS_ROUTE_PASSWORD/);
      assert.doesNotMatch(refusal.message, /example-/);
    });
    await t.test('the first member of all is stopped after a second one joined', async (t) => {
      await originScenario(deployment).catch(async (error) => {
        // What the next step starts would not tell.
        t.diagnostic(await deployment.logs());
        throw error;
      });
    });
    await deployment.compose(['down', '--volumes']);
    const began = performance.now();
    await deployment.up();
    const startMs = performance.now() - began;
    t.diagnostic(`from "docker compose up" to all ready: ${since(began)}`);
    assert.ok(startMs < longestStartMs);
    await deployment.settled();

    traffic = await Traffic.start(deployment.url, anyOps(deployment));
    const steps = new Steps(traffic);
    const planned = [
      ...memberSteps(deployment, traffic),
      ...versionSteps(deployment, traffic, image),
      ...natsSteps(deployment),
    ];
    for (const step of planned) await steps.run(t, step);
    await traffic.stop();
    steps.print();
    assert.deepEqual(await traffic.verdict(), []);
    failed = !steps.passed;
  } finally {
    traffic?.close();
    if (failed) t.diagnostic(await deployment.logs());
    await deployment.dispose();
  }
});

test('Swarm replaces all members, and nobody notices', { timeout: 600_000 }, async (t) => {
  const swarm = await Swarm.deploy(engine, { ...images.settings, MINOTAUR_IMAGE: image.present });
  let traffic: Traffic | null = null;
  try {
    traffic = await Traffic.start(swarm.url, null);
    const steps = new Steps(traffic);
    const replace = async (...args: readonly string[]) => {
      await swarm.update(...args);
      assert.equal(await swarm.updateState(), 'completed');
    };
    const planned = { kind: 'unnoticed', withinMs: 8_000 } as const;
    await steps.run(t, { name: 'docker service update --force', act: () => replace('--force'), ...planned });
    await steps.run(t, { name: 'the next version', act: () => replace('--image', image.next), ...planned });
    for (const { id, game } of await traffic.look()) assert.equal(game.stateVersion, 4, id);
    await traffic.stop();
    steps.print();
    assert.deepEqual(await traffic.verdict(), []);
  } catch (error) {
    t.diagnostic(await swarm.state());
    throw error;
  } finally {
    traffic?.close();
    await swarm.dispose();
  }
});

function anyOps(deployment: Deployment) {
  return () => deployment.ops(members[Math.floor(Math.random() * members.length)] ?? 'm1');
}
