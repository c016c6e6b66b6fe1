/**
 * Forms whose answer is a seat: sent once, with what went wrong beside them; and the fields that several of them have.
 */
import { useId, useState } from 'preact/hooks';
import type { Match } from '../../client/index.ts';
import { mostCharacters, shortened } from './names.ts';
import { Problem } from './problem.tsx';
import { complaint, server } from './server.ts';

/** `seat` gets what was entered, and which button was pressed. A name that is among it is kept for the next time. */
export function useSending(enter: (match: Match) => void, seat: (fields: FormData) => Promise<Match>) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement, event.submitter);
    setBusy(true);
    setProblem('');
    try {
      const match = await seat(fields);
      if (fields.has('name')) keepName(String(fields.get('name')));
      enter(match);
    } catch (error) {
      // The server calls the field by its own name.
      setProblem(complaint(error).replace(/^displayName:/, 'Your name'));
      setBusy(false);
    }
  };
  return { send, problem, busy };
}

export function NameField() {
  const [isFull, setFull] = useState(false);
  const hint = useId();
  const shorten = (field: HTMLInputElement) => {
    const name = shortened(field.value);
    setFull(name !== field.value);
    if (name !== field.value) field.value = name;
  };
  return (
    <div>
      <label>
        Your name
        <input
          name="name"
          required
          autocomplete="nickname"
          defaultValue={lastName()}
          // What is being composed has not its length yet.
          onInput={({ isComposing, currentTarget }) => isComposing || shorten(currentTarget)}
          onCompositionEnd={({ currentTarget }) => shorten(currentTarget)}
          aria-describedby={hint}
        />
      </label>
      <span id={hint} class="quiet hint" aria-live="polite">
        {isFull && `A name may have ${mostCharacters} characters.`}
      </span>
    </div>
  );
}

function CodeField({ code, label = 'Code' }: { readonly code: string; readonly label?: string }) {
  return (
    <label>
      {label}
      <input
        name="code"
        required
        defaultValue={code}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
      />
    </label>
  );
}

/** A seat at the game with this code. */
export function Join({ code, enter }: { readonly code: string; readonly enter: (match: Match) => void }) {
  const { send, problem, busy } = useSending(enter, (fields) =>
    server.join(String(fields.get('code')), String(fields.get('name'))),
  );
  return (
    <form class="card stack" onSubmit={send} aria-labelledby="join">
      <h2 id="join">Join a game</h2>
      <CodeField code={code} />
      <NameField />
      <Problem text={problem} />
      <button type="submit" class={code === '' ? '' : 'main'} disabled={busy}>
        Join
      </button>
    </form>
  );
}

/** A game as anybody may see it, if its host lets them: the address leads there. */
export function WatchDoor() {
  const watch = (event: SubmitEvent) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget as HTMLFormElement).get('code'));
    // As a code is read where one joins.
    const id = code.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
    location.hash = String(new URLSearchParams({ watch: id }));
  };
  return (
    <form class="card stack" onSubmit={watch} aria-labelledby="watch">
      <h2 id="watch">Watch a game</h2>
      <CodeField code="" />
      <button type="submit">Watch</button>
    </form>
  );
}

const place = 'minotaur.name';

/** Under which somebody played here last. */
function lastName(): string {
  try {
    return localStorage.getItem(place) ?? '';
  } catch {
    return '';
  }
}

function keepName(name: string): void {
  try {
    localStorage.setItem(place, name);
  } catch {
    // Not allowed, or full.
  }
}
