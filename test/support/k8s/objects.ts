/**
 * An overlay's objects by kind and name, and the environment that the kubelet makes of a container's `env`.
 *
 * Role: what tests ask about a built overlay.
 */
import { join } from 'node:path';
import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IIngress, INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, IContainer, INamespace, IPodTemplateSpec, IService } from 'kubernetes-models/v1';
import { build, k8sFolder, type Manifest } from './kustomize.ts';

/** The schemas leave `spec` open; without it an object says nothing. */
export type Specified<T extends { spec?: unknown }> = T & { readonly spec: NonNullable<T['spec']> };

interface Kinds {
  ConfigMap: IConfigMap;
  Deployment: Specified<IDeployment>;
  HorizontalPodAutoscaler: Specified<IHorizontalPodAutoscaler>;
  Ingress: Specified<IIngress>;
  Namespace: INamespace;
  NetworkPolicy: Specified<INetworkPolicy>;
  PodDisruptionBudget: Specified<IPodDisruptionBudget>;
  PrometheusRule: { readonly spec: unknown };
  Service: Specified<IService>;
  ServiceMonitor: ServiceMonitor;
  StatefulSet: Specified<IStatefulSet>;
}

/** As much of the Prometheus operator's resource as is used. */
interface ServiceMonitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string; readonly path: string; readonly interval: string }[];
  };
}

export class Overlay {
  readonly objects: readonly Manifest[];

  constructor(name: string, folder = k8sFolder) {
    this.objects = build(join(folder, 'overlays', name));
  }

  all<Kind extends keyof Kinds>(kind: Kind): readonly (Manifest & Kinds[Kind])[] {
    return this.objects.filter((object) => object.kind === kind) as unknown as (Manifest & Kinds[Kind])[];
  }

  /** Throws if there is none. */
  get<Kind extends keyof Kinds>(kind: Kind, name: string): Manifest & Kinds[Kind] {
    const found = this.all(kind).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  /** The pod template of the members, or that of the NATS servers. */
  pods(name: 'minotaur' | 'nats'): Specified<IPodTemplateSpec> {
    const owner = name === 'nats' ? this.get('StatefulSet', name) : this.get('Deployment', name);
    return owner.spec.template as Specified<IPodTemplateSpec>;
  }

  /** The only container of these pods. */
  container(name: 'minotaur' | 'nats'): IContainer {
    const [only, ...others] = this.pods(name).spec.containers;
    if (only === undefined || others.length > 0) throw new Error(`${name}: expected one container`);
    return only;
  }
}

/** What a pod is, and what its secrets hold (`secret/key`). */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly ip: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The environment of a container as the kubelet makes it: `$(NAME)` stands for a variable that was defined *before*. Throws for one that
 * was not (the kubelet would leave it as it is), and for a secret's key that is not there (the pod would not start).
 */
export function environmentOf({ env = [], envFrom }: IContainer, pod: PodFacts): Record<string, string> {
  if (envFrom !== undefined) throw new Error('envFrom is not known here');
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'status.podIP': pod.ip,
  };
  const environment: Record<string, string> = {};
  const known = (what: string, value: string | undefined) => {
    if (value === undefined) throw new Error(`${what} is not known where it is used`);
    return value;
  };
  for (const { name, value, valueFrom } of env) {
    const field = valueFrom?.fieldRef?.fieldPath;
    const secret = valueFrom?.secretKeyRef;
    if (field !== undefined) environment[name] = known(field, fields[field]);
    else if (secret !== undefined) {
      const path = `${secret.name}/${secret.key}`;
      environment[name] = known(path, pod.secrets[path]);
    } else {
      const text = known(`the value of ${name}`, value);
      environment[name] = text.replace(/\$\((\w+)\)/g, (_, other: string) => known(`$(${other})`, environment[other]));
    }
  }
  return environment;
}
