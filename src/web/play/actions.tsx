/**
 * What can be done in the running round: a form for each type of action, what was sent and whether it is stored, and being done.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Command, Match, Player, Registered, Update } from '../../client/index.ts';
import { announce } from '../kit/live-region.tsx';
import { Problem } from '../kit/problem.tsx';
import { complaint } from '../kit/server.ts';
import { namesOf, type Shown } from '../kit/shown.ts';
import { type ActionForm, actionForms } from './action-schemas.ts';
import { Fields, valuesOf } from './fields.tsx';
import { fieldsInWords, type Names } from './in-words.ts';

interface Seen {
  readonly match: Match;
  readonly update: Update;
  readonly shown: Shown;
}

interface Own {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export function Actions({ match, update, shown }: Seen) {
  const [forms, setForms] = useState<readonly ActionForm[] | null>(null);
  const [pending, setPending] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState('');
  const [storedMs, setStoredMs] = useState<number | null>(null);
  useEffect(() => void actionForms().then(setForms), []);
  const own = ((update.game.registeredActions as Record<string, readonly Own[]> | undefined)?.[match.seat.playerId] ??
    []) as readonly Own[];
  const isMe = ({ id }: Player) => id === match.seat.playerId;
  // What is first is chosen until somebody chooses: few actions are meant for who acts.
  const othersFirst = update.players.toSorted((one, other) => Number(isMe(one)) - Number(isMe(other)));
  const names = namesOf(update);

  const watch = async (what: string, command: Command<unknown>) => {
    setProblem('');
    setPending((before) => [...before, what]);
    const sentAt = performance.now();
    try {
      await command;
      setStoredMs(Math.round(performance.now() - sentAt));
      announce(`${what}: stored`);
    } catch (error) {
      setProblem(`${what}: ${complaint(error)}`);
    }
    setPending((before) => before.filter((_, index) => index !== before.indexOf(what)));
  };
  const act = (type: string, fields: object) => {
    const register = match.act[type] as (fields: object) => Command<Registered>;
    void watch(type, register(fields));
  };
  return (
    <section class="card stack" aria-labelledby="act">
      <h2 id="act">What you can do</h2>
      {forms?.map((form) => (
        <ActionEntry key={form.type} form={form} act={act} disabled={!shown.isMyTurn} players={othersFirst} />
      ))}
      {forms !== null && <JsonAction open={forms.length === 0} act={act} disabled={!shown.isMyTurn} />}
      {shown.isMyTurn && (shown.turn?.ends ?? 'done') === 'done' && (
        <button type="button" onClick={() => void watch('done', match.done())}>
          I am done with this round
        </button>
      )}
      <ul class="plain">
        {own.map((action) => (
          <li key={action.id} class="row">
            <span>{inShort(action, names)}</span> <span class="stored">stored</span>
            {shown.turn?.ends !== 'all' && (
              <button type="button" class="small" onClick={() => void watch('taken back', match.retract(action.id))}>
                Take back
              </button>
            )}
          </li>
        ))}
        {pending.map((what, index) => (
          <li key={`${what}${index}`}>
            {what} <span class="pending">on its way …</span>
          </li>
        ))}
      </ul>
      {storedMs !== null && <p class="quiet">The last one was stored after {storedMs} ms.</p>}
      <Problem text={problem} />
    </section>
  );
}

interface Acting {
  readonly act: (type: string, fields: object) => void;
  readonly disabled: boolean;
}

interface Entry extends Acting {
  readonly form: ActionForm;
  readonly players: readonly Player[];
}

function ActionEntry({ form, act, disabled, players }: Entry) {
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    act(form.type, valuesOf(form.fields, new FormData(event.currentTarget as HTMLFormElement)));
  };
  return (
    <form class="action row" onSubmit={send} aria-label={form.type}>
      <Fields fields={form.fields} required={form.required} players={players} />
      <button type="submit" class="main" disabled={disabled}>
        {form.type}
      </button>
    </form>
  );
}

/** For what no form fits. */
function JsonAction({ act, disabled, open }: Acting & { readonly open: boolean }) {
  const [problem, setProblem] = useState('');
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const text = String(new FormData(event.currentTarget as HTMLFormElement).get('action'));
      const { type, ...fields } = JSON.parse(text) as Record<string, unknown>;
      if (typeof type !== 'string') throw new Error('it needs a type');
      setProblem('');
      act(type, fields);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <details open={open}>
      <summary>An action as JSON</summary>
      <form class="stack" onSubmit={send}>
        <label>
          Action
          <textarea name="action" rows={2} required spellcheck={false} placeholder='{"type": "mark", "cell": 4}' />
        </label>
        <Problem text={problem} />
        <button type="submit" disabled={disabled}>
          Send the action
        </button>
      </form>
    </details>
  );
}

function inShort({ id: _, type, ...fields }: Own, names: Names): string {
  return `${type} ${fieldsInWords(fields, names)}`;
}
