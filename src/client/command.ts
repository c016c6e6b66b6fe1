/**
 * Commands of one player, each pending until it is stored or refused; and the line in which they wait.
 *
 * Invariants:
 *  - They are sent in the order in which they were given, one at a time: no action overtakes another, and the server's window of what it can tell
 *    from a repetition (48 commands ahead of the oldest unanswered one) is never left.
 *  - At most `MOST` wait; one more is refused here, at once.
 */

import type { Problem } from './protocol.ts';
import { Refused } from './requests.ts';

const MOST = 48;

/** Awaiting it gives the answer, or throws Refused. One that nobody awaits is refused silently: `status` says so. */
export class Command<Answer> implements PromiseLike<Answer> {
  status: 'pending' | 'stored' | 'refused' = 'pending';
  /** Why it was refused. */
  problem: Problem | null = null;
  readonly #answer: Promise<Answer>;

  constructor(answer: Promise<Answer>) {
    this.#answer = answer;
    answer.then(
      () => {
        this.status = 'stored';
      },
      (error: unknown) => {
        this.status = 'refused';
        if (error instanceof Refused) this.problem = error.problem;
      },
    );
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited.
  then<Then = Answer, Else = never>(
    onStored?: ((answer: Answer) => Then | PromiseLike<Then>) | null,
    onRefused?: ((error: unknown) => Else | PromiseLike<Else>) | null,
  ): Promise<Then | Else> {
    return this.#answer.then(onStored, onRefused);
  }
}

export class CommandLine {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `run` is called when all commands before it were answered. */
  add<Answer>(run: () => Promise<Answer>): Command<Answer> {
    if (this.#waiting >= MOST) {
      const detail = `${MOST} commands wait for their answers`;
      return new Command(Promise.reject(new Refused({ status: 0, code: 'too_many_pending', detail })));
    }
    this.#waiting += 1;
    const answer = this.#last.then(run);
    this.#last = answer.then(
      () => this.#done(),
      () => this.#done(),
    );
    return new Command(answer);
  }

  #done(): void {
    this.#waiting -= 1;
  }
}
