/**
 * Three rolling updates in a row with the numbers of k8s/ (surge, probes, preStop, drain, grace), on real member processes, under load.
 * The kubelet and the endpoints controller are played: the end of a pod and its removal from the proxies race, as they do in Kubernetes.
 * No request may fail, and nothing that was acknowledged may be missing.
 *
 * Every time is halved (the members' drain and the proxies' delay too), so that it takes less than a minute.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminToken, tokenSecrets } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { ImpatientLoad, socketProblems } from '../support/impatient-load.ts';
import { LaggingProxy } from '../support/k8s/lagging-proxy.ts';
import { podNumbers, portOf, rolloutNumbers, slowestProxyMs } from '../support/k8s/numbers.ts';
import { environmentOf, Overlay } from '../support/k8s/objects.ts';
import { Pod } from '../support/k8s/pod.ts';
import { Rollout } from '../support/k8s/rollout.ts';
import { scaled } from '../support/k8s/scaled.ts';
import { KeepAliveBalancer } from '../support/keep-alive-balancer.ts';
import { MemberProcess } from '../support/member-process.ts';
import { freePort } from '../support/ports.ts';
import { SlowClients } from '../support/slow-clients.ts';
import { waitFor } from '../support/wait.ts';

const scale = 0.5;
const thinkMs = { least: 1_000 * scale, most: 6_000 * scale };
const overlay = new Overlay('production');
const container = overlay.container('minotaur');
const numbers = scaled(podNumbers(overlay.pods('minotaur')), scale);

/** The environment that the Deployment gives a pod of this name, on ports of this machine. */
function memberEnvironment(name: string, cluster: TestCluster, ports: ReadonlyMap<number, number>) {
  const secrets = {
    'minotaur/admin-tokens': adminToken,
    'minotaur/token-secrets': tokenSecrets,
    'nats-passwords/member': 'unused',
  };
  const given = environmentOf(container, { name, namespace: cluster.namespace, ip: '127.0.0.1', secrets });
  const here = (port: string | undefined) => String(ports.get(Number(port)));
  const slower = (ms: string | undefined) => String(Number(ms) * scale);
  return {
    ...given,
    MINOTAUR_HOST: '127.0.0.1',
    MINOTAUR_PORT: here(given.MINOTAUR_PORT),
    MINOTAUR_OPS_PORT: here(given.MINOTAUR_OPS_PORT),
    MINOTAUR_ADVERTISE: (given.MINOTAUR_ADVERTISE ?? '').replace(/\d+$/, here),
    MINOTAUR_DRAIN_MIN_MS: slower(given.MINOTAUR_DRAIN_MIN_MS),
    MINOTAUR_DRAIN_TIMEOUT_MS: slower(given.MINOTAUR_DRAIN_TIMEOUT_MS),
    // One plain NATS server; that of k8s/ is for kubernetes-nats.test.ts.
    MINOTAUR_NATS_URL: cluster.nats.servers[0]?.url ?? '',
    MINOTAUR_NATS_CA: '',
    MINOTAUR_KV_REPLICAS: '1',
    MINOTAUR_NAMESPACE: cluster.namespace,
  };
}

async function newPod(cluster: TestCluster, name: string, changed: () => void): Promise<Pod> {
  const ports = new Map<number, number>();
  for (const { containerPort } of container.ports ?? []) ports.set(containerPort, await freePort());
  const port = ports.get(portOf(container, 'http')) ?? 0;
  const process = new MemberProcess({
    id: name,
    port,
    proxies: [],
    environment: memberEnvironment(name, cluster, ports),
  });
  cluster.members.push(process);
  return new Pod({ process, numbers, addressOf: (number) => `http://127.0.0.1:${ports.get(number)}`, changed });
}

test('rolling updates with the numbers of k8s/ fail no request', { timeout: 280_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  // One that learns soon, and the slowest one that preStop allows for.
  const proxies = [new LaggingProxy(200 * scale), new LaggingProxy(slowestProxyMs * scale)];
  const rollout = new Rollout({
    numbers: scaled(rolloutNumbers(overlay.get('Deployment', 'minotaur')), scale),
    replicas: overlay.get('HorizontalPodAutoscaler', 'minotaur').spec.minReplicas ?? 1,
    proxies,
    newPod: (name, changed) => newPod(cluster, name, changed),
  });
  await rollout.update();
  await waitFor('every proxy knows every member', () => proxies.every(({ pick }) => pick() !== null));
  const picks = proxies.map(({ pick }) => pick);
  const load = await ImpatientLoad.start({ games: 12, httpClients: 10, picks, thinkMs: 80 });
  t.after(() => load.close());
  const balancers = picks.map((pick) => new KeepAliveBalancer(pick));
  t.after(() => balancers.map((balancer) => balancer.close()));
  const behind = await Promise.all(balancers.map((balancer) => balancer.start()));
  // They think longer than a drain's least time, and not as long as a stop is announced before it: each is told in time to go elsewhere.
  const slow = {
    members: new SlowClients({ count: 50, picks, path: '/v1/games/R0', thinkMs }),
    balancers: new SlowClients({ count: 50, picks: behind.map((url) => () => url), path: '/v1/games/R0', thinkMs }),
  };

  for (let round = 1; round <= 3; round++) {
    t.diagnostic(`update ${round}: ${Math.round(await rollout.update())} ms`);
  }
  await rollout.ended();
  await Promise.all([load.stop(), slow.members.stop(), slow.balancers.stop()]);
  const { answered, failures, slowestMs } = load;
  t.diagnostic(`${answered} requests, ${failures.length} failed, the slowest took ${slowestMs.toFixed()} ms`);
  assert.deepEqual(failures, []);
  for (const [way, clients] of Object.entries(slow)) {
    const { answered, failures: failed } = clients;
    t.diagnostic(`${answered} requests of slow clients by the ${way}, ${failed.length} failed`);
    assert.deepEqual(failed, [], way);
    assert.equal(clients.cut, 0, `${way}: connections that nobody was told to leave`);
    assert.ok(answered > 300, `too few to say anything: ${answered}`);
  }
  assert.deepEqual(rollout.problems, []);
  assert.equal(rollout.pods.filter(({ terminating }) => terminating).length, 9);
  assert.ok(answered > 2_000, `the load was too small to say anything: ${answered}`);
  assert.deepEqual(socketProblems(load.sockets), []);
  assert.ok(
    load.sockets.every(({ closes }) => closes.length > 0),
    'every socket was sent elsewhere',
  );
});
