/**
 * The members of this machine, where `npm start` serves the page (docs/adr/0044): kill, pause, stop, start, add, roll.
 *
 * Invariant: the token of the printed link is taken out of the address at once, and kept until the tab is closed.
 */
import { useEffect, useState } from 'preact/hooks';
import { bearer, problemOf } from './operator.tsx';

const place = 'minotaur.control';
const everyMs = 500;

type Phase = 'starting' | 'ready' | 'paused' | 'draining' | 'drained' | 'dead';

interface Local {
  readonly id: string;
  readonly phase: Phase;
  readonly url: string;
}

/** Empty: members serve this page, and there is nothing to control. */
export function controlToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('control');
  try {
    if (given === null) return sessionStorage.getItem(place) ?? '';
    history.replaceState(null, '', location.pathname);
    sessionStorage.setItem(place, given);
  } catch {
    // Nothing can be kept: a reload forgets it.
  }
  return given ?? '';
}

/** Has a member drained, or taken back. Empty: it went well. */
export function drainHere(token: string) {
  return (member: string, on: boolean) => order(token, { action: on ? 'drain' : 'undrain', member });
}

interface Controlling {
  readonly token: string;
  readonly complain: (problem: string) => void;
}

export function Machine({ token, complain }: Controlling) {
  const members = useLocals(token);
  const act = async (body: object) => complain(await order(token, body));
  return (
    <section class="card" aria-labelledby="machine">
      <h2 id="machine">This machine</h2>
      <ul class="plain machine">
        {members.map(({ id, phase, url }) => (
          <li key={id} class="row">
            <a href={`${url}/cluster`}>{id}</a>
            <span class="quiet">{phase}</span>
            {actionsFor(phase).map((action) => (
              <button
                key={action}
                type="button"
                class="small"
                aria-label={`${labels[action]} ${id}`}
                title={meanings[action]}
                onClick={() => void act({ action, member: id })}
              >
                {labels[action]}
              </button>
            ))}
          </li>
        ))}
      </ul>
      <p class="quiet">
        Pause: the process stands still, as a machine that hangs, and the others take its slots. Stop and roll: a member
        hands over its slots before it ends.
      </p>
      <div class="row">
        <button type="button" onClick={() => void act({ action: 'add' })}>
          Add a member
        </button>
        <button type="button" title={rollMeans} onClick={() => void act({ action: 'roll' })}>
          Roll all
        </button>
      </div>
    </section>
  );
}

const labels = { kill: 'Kill', pause: 'Pause', resume: 'Resume', stop: 'Stop', start: 'Start' } as const;

const meanings = {
  kill: 'The process ends at once, as in a crash; the others take its slots',
  pause: 'The process stands still, as a machine that hangs; the others take its slots',
  resume: 'The process goes on',
  stop: 'It hands over its slots, then the process ends',
  start: 'A new process takes its place',
} as const;
const rollMeans = 'Stops and starts every member, one after another, as a deployment does';

function actionsFor(phase: Phase): readonly (keyof typeof labels)[] {
  if (phase === 'dead' || phase === 'drained') return ['start'];
  if (phase === 'ready') return ['kill', 'pause', 'stop'];
  return phase === 'paused' ? ['kill', 'resume'] : ['kill'];
}

function useLocals(token: string): readonly Local[] {
  const [members, setMembers] = useState<readonly Local[]>([]);
  useEffect(() => {
    const look = async () => {
      if (document.hidden) return;
      const options = { headers: bearer(token), signal: AbortSignal.timeout(everyMs * 4) };
      const reply = await fetch('/controls', options).catch(() => null);
      if (reply?.ok) setMembers(((await reply.json()) as { readonly members: readonly Local[] }).members);
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => clearInterval(timer);
  }, [token]);
  return members;
}

function order(token: string, body: object): Promise<string> {
  return problemOf(fetch('/controls', { method: 'POST', headers: bearer(token), body: JSON.stringify(body) }));
}
