/**
 * Ctrl-Z and `fg`, for a program that reads single keys: the terminal then sends no signal by itself.
 *
 * Role: gives the terminal back to the shell, stops the whole job (npm as well, or the shell would not notice), and takes it again on SIGCONT.
 * Without a shell (a terminal that runs nothing but this) there is nobody to come back from: the keys go on.
 */

/** Where nobody can continue the job, the system does not stop it: after this long it goes on by itself. */
const stoppedWithinMs = 200;

export interface JobControlOptions {
  /** The job goes on: the terminal is as we need it. */
  readonly onContinue: () => void;
}

/** Returns what Ctrl-Z does. */
export function jobControl({ onContinue }: JobControlOptions): () => void {
  const goOn = () => {
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    onContinue();
  };
  process.on('SIGCONT', goOn);
  return () => {
    process.stdin.setRawMode(false);
    // To the process group: that is the job. The members have groups of their own, and go on.
    process.kill(0, 'SIGTSTP');
    setTimeout(goOn, stoppedWithinMs);
  };
}
