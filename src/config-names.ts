/**
 * Names of environment variables that look like settings and are none.
 *
 * Why they are refused: a misspelt setting would silently be its default. What others put there (Kubernetes, the files of this repository) is
 * no mistake of anybody.
 */
import { nearestOf } from './game/complaints.ts';

/** What docker-compose.yml, docker/stack.yml and the Dockerfile are told; a member may find them in its environment. */
const ofDeployments = new Set(
  ['URL', 'IMAGE', 'FRONT_NETWORK', 'BIND', 'HTTP_PORT', 'VERSION', 'REVISION', 'CREATED', 'COMPOSE_RUN'].map(
    (name) => `MINOTAUR_${name}`,
  ),
);

/** What all of them begin with makes none of them near. */
const bare = (name: string) => name.replace(/^MINOTAUR_/, '');

/** A variable that Kubernetes adds for a Service whose name begins with `minotaur`; `MINOTAUR_PORT` can be one by its value only. */
export function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(?:HOST|PORT(?:_\w+)?)$/.test(name)) return true;
  if (/_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name)) return true;
  return /_PORT$/.test(name) && /^(?:tcp|udp|sctp):\/\//.test(value);
}

/** One problem for each variable that is no setting, with the one that was likely meant. */
export function misspelt(given: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  const names = new Set(known);
  return Object.keys(given)
    .filter((name) => !names.has(name) && !ofDeployments.has(name))
    .map((name) => {
      const meant = nearestOf(bare(name), known.map(bare));
      return `${name}: is not known${meant === null ? '' : `; did you mean MINOTAUR_${meant}?`}`;
    });
}
