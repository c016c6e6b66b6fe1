/**
 * What the check of a game found: which member of the module, what is wrong, what to do, and an example.
 *
 * Role: the words. Everything that the check may say stands here, so that each message names the member and the remedy.
 */
export type Kind = keyof typeof remedies;

const remedies = {
  load: 'mend the file: the server refuses to start with it',
  throws: 'it must answer for whatever the schemas let through; a round whose end throws is abandoned',
  wrong_answer: 'answer what docs/your-own-game.md says of this member',
  clock: 'go by `now`, which `setup`, `turn` and `resolve` are given',
  chance: 'draw with `random`, which `setup`, `resolve` and `bot` are given',
  timers: 'a game waits for nothing: say in `turn` how long a round lasts',
  locale: 'compare strings with < and >: machines sort by their own language otherwise',
  outside: 'a game knows its world and its arguments, nothing else',
  writes: 'only `resolve` changes anything, and only its world: copy first ([...list], toSorted, structuredClone)',
  unsteady: 'keep everything that it remembers in the world: the same arguments must give the same answer',
  remembers: 'keep nothing in variables of the file, neither from its loading nor from calls: put it into the world',
  reparse: 'let the schema answer the same for what it has answered: no transform, no default that depends on anything',
  leak: 'leave it out of what this viewer is sent',
  derived: 'let nothing that this viewer is sent depend on it: no number, no length, no order, no absence',
  refused_legal: 'let `legal` offer what `allows` and the schema take',
  defaults: 'give every setting a default: a game may be opened without any',
  nobody_in_turn: 'name somebody who plays, or let `outcome` end the game',
  endless_game: 'make every game end, whatever its players do: count rounds, and let `outcome` end it',
  endless_call: 'it has to end: the server interrupts a call after 500 ms',
  memory: 'it takes far more than the 384 KiB that a world may have',
  grows: 'forget what is old: a world above 384 KiB is not kept, and its round is abandoned',
  too_large: 'a record above 512 KiB is not kept: tell fewer events, or shorter ones',
  slow: 'the server interrupts a call after 500 ms; more than 50 ms at the end of a round is warned of',
  migrations: 'see docs/your-own-game.md, "When it changes"',
  frozen: 'mend the step of `migrations` that leads up from it, never the file: games that run hold worlds like it',
  ends_process: 'a game must not end the process that it runs in',
} as const;

/** A game that shows it, as small as it could be made. */
export interface Example {
  readonly seed: number;
  readonly players: readonly string[];
  readonly settings: object;
  /** What was done in each round. */
  readonly rounds: readonly (readonly { readonly player: string }[])[];
}

export interface Finding {
  readonly member: string;
  readonly kind: Kind;
  readonly problem: string;
  readonly remedy: string;
  readonly example: Example | null;
}

/** Thrown where a problem is found; the game that it was found in is added by whoever played it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly member: string;
  readonly kind: Kind;

  constructor(member: string, kind: Kind, problem: string) {
    super(problem);
    this.member = member;
    this.kind = kind;
  }

  finding(example: Example | null): Finding {
    const { member, kind, message } = this;
    return { member, kind, problem: message, remedy: remedies[kind], example };
  }

  isLike({ member, kind }: Pick<Finding, 'member' | 'kind'>): boolean {
    return this.member === member && this.kind === kind;
  }
}

const longestText = 600;
const mostLines = 8;

export function textOf({ member, kind, problem, remedy, example }: Finding, file: string): string {
  const lines = [`${member}: ${problem}`.slice(0, longestText), `  to do: ${remedy}`];
  if (example === null) return lines.join('\n');
  const { seed, players, settings, rounds } = example;
  const given = Object.keys(settings).length === 0 ? '' : `, settings ${JSON.stringify(settings)}`;
  lines.push(`  example: ${players.length} players${given}, in round ${Math.max(1, rounds.length)}`);
  const busy = rounds.flatMap((actions, index) =>
    actions.length === 0 ? [] : [`    round ${index + 1}: ${JSON.stringify(actions)}`.slice(0, longestText)],
  );
  lines.push(...busy.slice(-mostLines));
  if (busy.length > mostLines) lines.push(`    and something in ${busy.length - mostLines} rounds before`);
  if (kind !== 'remembers') lines.push(`  again: npm run check-game -- ${file} --seed ${seed}`);
  return lines.join('\n');
}
