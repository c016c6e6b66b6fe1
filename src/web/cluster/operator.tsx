/**
 * The door for operators: the token, and what it allows.
 *
 * Invariant: the token is kept in the memory of this page and nowhere else; a reload forgets it.
 */
import { useState } from 'preact/hooks';
import type { Member } from './report.ts';

interface Entering {
  readonly token: string;
  readonly use: (token: string) => void;
}

export function TokenDoor({ token, use }: Entering) {
  const [problem, setProblem] = useState('');
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    const said = await problemOf(fetch('/v1/cluster', { headers: bearer(given) }));
    setProblem(said);
    if (said === '') use(given);
  };
  if (token !== '') {
    return (
      <section class="card row" aria-label="For operators">
        <span>You act as an administrator. A reload forgets the token.</span>
        <button type="button" onClick={() => use('')}>
          Forget it now
        </button>
      </section>
    );
  }
  return (
    <details class="card">
      <summary>For operators</summary>
      <form class="stack" onSubmit={enter}>
        <label>
          Administrator’s token
          <input name="token" type="password" required autocomplete="off" spellcheck={false} />
        </label>
        <p class="quiet">
          It stays in the memory of this page. With it you drain members (they hand their slots to the others, and go on
          running), and take them back.
        </p>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div>
          <button type="submit">Use it</button>
        </div>
      </form>
    </details>
  );
}

interface Draining {
  readonly member: Member;
  readonly drain: (id: string, on: boolean) => Promise<string>;
  readonly complain: (problem: string) => void;
}

export function DrainButton({ member: { id, status }, drain, complain }: Draining) {
  const isLeaving = status === 'leaving';
  const act = async () => complain(await drain(id, !isLeaving));
  return (
    <button
      type="button"
      class="small"
      aria-label={`${isLeaving ? 'Take back' : 'Drain'} ${id}`}
      title={isLeaving ? 'It takes part again, and gets slots' : 'It hands its slots with their games to the others'}
      onClick={act}
    >
      {isLeaving ? 'Take back' : 'Drain'}
    </button>
  );
}

/** Has a member drained, or taken back. Empty: it went well. */
export function drainBy(token: string) {
  return (id: string, on: boolean): Promise<string> =>
    problemOf(fetch(`/v1/cluster/members/${id}/drain`, { method: on ? 'POST' : 'DELETE', headers: bearer(token) }));
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

/** Empty: it went well. */
export async function problemOf(asked: Promise<Response>): Promise<string> {
  try {
    const reply = await asked;
    if (reply.ok) return '';
    const { detail } = (await reply.json()) as { readonly detail?: string };
    return detail ?? `refused: ${reply.status}`;
  } catch {
    return 'nobody answers';
  }
}
