/**
 * What a game module did wrong.
 *
 * Role: one error for all of it, with the member of the module; its text is for the log and for the module's author, never for a player.
 */
export class GameFault extends Error {
  override readonly name = 'GameFault';
  readonly member: string;

  constructor(member: string, problem: string, cause?: unknown) {
    super(`${member}: ${problem}`, { cause });
    this.member = member;
  }
}

/** What `call` answers; a throw becomes the fault of `member`. */
export function called<Answer>(member: string, call: () => Answer): Answer {
  try {
    return call();
  } catch (error) {
    if (error instanceof GameFault || isCutShort(error)) throw error;
    throw new GameFault(member, error instanceof Error ? error.message : String(error), error);
  }
}

/** The guard of the host ended the call: who waits for it says what becomes of that. */
function isCutShort(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
