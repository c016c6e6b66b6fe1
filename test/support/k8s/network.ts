/**
 * Who reaches whom under a namespace's network policies, by the rules of Kubernetes: a pod that some policy selects for a direction is
 * reached (or reaches) only as one of these policies says. A connection needs the leave of both ends.
 *
 * Bounds: `matchLabels`, named and numbered ports; anything else is an error. The kubelet's own probes are never held up.
 */
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { Specified } from './objects.ts';

export interface Party {
  readonly labels: Readonly<Record<string, string>>;
  /** The labels of its namespace; absent: it is in the namespace of the policies. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** The names of its ports. */
  readonly ports?: Readonly<Record<string, number>>;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
}
interface Peer {
  readonly podSelector?: Selector | undefined;
  readonly namespaceSelector?: Selector | undefined;
}
interface Rule {
  readonly peers: readonly Peer[] | undefined;
  readonly ports:
    | readonly { readonly protocol?: string | undefined; readonly port?: string | number | undefined }[]
    | undefined;
}

type Policies = readonly Specified<INetworkPolicy>[];

/** Whether the policies at its end let `to` be reached by `from` on `port`. */
export function mayEnter(policies: Policies, from: Party, to: Party, port: number): boolean {
  return allows(policies, 'Ingress', to, from, to, { port, protocol: 'TCP' });
}

/** Whether the policies at its end let `from` reach `port` of `to`. */
export function mayLeave(policies: Policies, from: Party, to: Party, port: number, protocol = 'TCP'): boolean {
  return allows(policies, 'Egress', from, to, to, { port, protocol });
}

function allows(
  policies: Policies,
  direction: 'Ingress' | 'Egress',
  self: Party,
  other: Party,
  to: Party,
  { port, protocol }: { readonly port: number; readonly protocol: string },
): boolean {
  const own = policies.map(({ spec }) => spec).filter(({ podSelector }) => selects(podSelector ?? {}, self.labels));
  const relevant = own.filter(({ policyTypes = ['Ingress'] }) => policyTypes.includes(direction));
  if (relevant.length === 0) return true;
  const rules = relevant.flatMap(({ ingress = [], egress = [] }): Rule[] =>
    direction === 'Ingress'
      ? ingress.map((rule) => ({ peers: rule.from, ports: rule.ports }))
      : egress.map((rule) => ({ peers: rule.to, ports: rule.ports })),
  );
  return rules.some(({ peers, ports }) => matchesPeer(peers, other) && matchesPort(ports, to, port, protocol));
}

function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, ...rest } = selector;
  if (Object.keys(rest).length > 0) throw new Error('only matchLabels are known here');
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function matchesPeer(peers: Rule['peers'], party: Party): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ podSelector, namespaceSelector, ...rest }) => {
    if (Object.keys(rest).length > 0) throw new Error('only pod and namespace selectors are known here');
    const inside = namespaceSelector === undefined && party.namespaceLabels === undefined;
    const fits = inside || (namespaceSelector !== undefined && selects(namespaceSelector, party.namespaceLabels ?? {}));
    return fits && selects(podSelector ?? {}, party.labels);
  });
}

function matchesPort(ports: Rule['ports'], to: Party, port: number, protocol: string): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some((one) => {
    const number = typeof one.port === 'string' ? to.ports?.[one.port] : one.port;
    return (one.protocol ?? 'TCP') === protocol && (one.port === undefined || number === port);
  });
}
