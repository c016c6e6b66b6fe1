/**
 * The numbers of a rolling update, read from the objects that Kubernetes would read them from, in ms, with its defaults.
 */
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IContainer, IPodTemplateSpec, IProbe } from 'kubernetes-models/v1';
import type { Specified } from './objects.ts';

/** The program by which a preStop hook tells its member that it will be stopped, from the project's root. */
export const announceStop = 'docker/announce-stop.mjs';

export interface ProbeNumbers {
  readonly path: string;
  readonly port: number;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
}

/** Of one pod. A probe that is null is one that it does not have. */
export interface PodNumbers {
  readonly startup: ProbeNumbers | null;
  readonly liveness: ProbeNumbers | null;
  readonly readiness: ProbeNumbers | null;
  /** How long its preStop hook announces a stop; 0: none, or one that runs another command. */
  readonly preStopMs: number;
  readonly graceMs: number;
}

export interface RolloutNumbers {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly minReadyMs: number;
  readonly deadlineMs: number;
}

/** The most that may pass until no proxy sends a new request to a pod that is being deleted. Nobody promises that: it is what k8s/ counts on. */
export const slowestProxyMs = 5_000;

export function podNumbers({ spec }: Specified<IPodTemplateSpec>): PodNumbers {
  const [container] = spec.containers;
  if (container === undefined) throw new Error('there is no container');
  return {
    startup: probeNumbers(container, container.startupProbe),
    liveness: probeNumbers(container, container.livenessProbe),
    readiness: probeNumbers(container, container.readinessProbe),
    preStopMs: announcementMs(container.lifecycle?.preStop?.exec?.command ?? []),
    graceMs: (spec.terminationGracePeriodSeconds ?? 30) * 1_000,
  };
}

export function rolloutNumbers({ spec }: Specified<IDeployment>): RolloutNumbers {
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  if (typeof maxSurge !== 'number' || typeof maxUnavailable !== 'number') {
    throw new Error('only numbers are known here, no percentages');
  }
  return {
    maxSurge,
    maxUnavailable,
    minReadyMs: (spec.minReadySeconds ?? 0) * 1_000,
    deadlineMs: (spec.progressDeadlineSeconds ?? 600) * 1_000,
  };
}

/** The number of a port that may be given by name. */
export function portOf({ ports = [] }: IContainer, port: string | number | undefined): number {
  const number = typeof port === 'string' ? ports.find(({ name }) => name === port)?.containerPort : port;
  if (number === undefined) throw new Error(`the container has no port ${port}`);
  return number;
}

/** Of `node docker/announce-stop.mjs <pid> <seconds>`. */
function announcementMs([program, script, , seconds]: readonly string[]): number {
  return program === 'node' && script === announceStop ? Number(seconds) * 1_000 : 0;
}

function probeNumbers(container: IContainer, probe: IProbe | undefined): ProbeNumbers | null {
  if (probe === undefined) return null;
  const { httpGet, successThreshold = 1 } = probe;
  if (httpGet === undefined || successThreshold !== 1)
    throw new Error('only probes by HTTP, succeeding at once, are known here');
  return {
    path: httpGet.path ?? '/',
    port: portOf(container, httpGet.port),
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds ?? 10) * 1_000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}
