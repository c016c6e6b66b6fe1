/**
 * The Pod Security Standard `restricted`, as the API server enforces it in a namespace labelled so.
 *
 * Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import type { IPodTemplateSpec } from 'kubernetes-models/v1';
import type { Specified } from './objects.ts';

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Why the API server would refuse such a pod; empty: it takes it. */
export function violations({ spec: pod }: Specified<IPodTemplateSpec>): string[] {
  const found: string[] = [];
  const refuse = (isWrong: boolean, what: string) => {
    if (isWrong) found.push(what);
  };
  const own = pod.securityContext ?? {};
  refuse([pod.hostNetwork, pod.hostPID, pod.hostIPC].includes(true), 'a namespace of the host');
  refuse((own.sysctls ?? []).length > 0, 'sysctls');
  for (const { name, ...source } of pod.volumes ?? []) {
    refuse(!Object.keys(source).every((kind) => allowedVolumes.has(kind)), `volume ${name}`);
  }
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const { name, ports = [], securityContext = {} } = container;
    const capabilities = securityContext.capabilities ?? {};
    const profile = securityContext.seccompProfile ?? own.seccompProfile;
    refuse(securityContext.privileged === true, `${name}: privileged`);
    refuse(securityContext.allowPrivilegeEscalation !== false, `${name}: allowPrivilegeEscalation`);
    refuse((securityContext.runAsNonRoot ?? own.runAsNonRoot) !== true, `${name}: runAsNonRoot`);
    refuse((securityContext.runAsUser ?? own.runAsUser) === 0, `${name}: runAsUser`);
    refuse(!['RuntimeDefault', 'Localhost'].includes(profile?.type ?? ''), `${name}: seccompProfile`);
    refuse(!(capabilities.drop ?? []).includes('ALL'), `${name}: capabilities.drop`);
    refuse(!(capabilities.add ?? []).every((one) => one === 'NET_BIND_SERVICE'), `${name}: capabilities.add`);
    refuse(securityContext.procMount !== undefined, `${name}: procMount`);
    refuse(
      ports.some(({ hostPort }) => hostPort !== undefined),
      `${name}: hostPort`,
    );
  }
  return found;
}
