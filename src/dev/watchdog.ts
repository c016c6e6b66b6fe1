/**
 * Ends a child process when this process is gone, however it went (SIGKILL and a closed terminal included).
 *
 * Role: a shell whose input is a pipe from this process; the pipe closes with it, and only then does the shell kill.
 * Invariant: a watchdog that is killed itself gets a successor.
 */
import { spawn } from 'node:child_process';

/** Kills `pid` when this process ends. Returns a function that takes it back: call it when `pid` has exited. */
export function endWithThisProcess(pid: number): () => void {
  let takenBack = false;
  const begin = () => {
    const watchdog = spawn('sh', ['-c', `trap '' INT TERM HUP; read -r _; kill -9 ${pid} 2>/dev/null`], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watchdog.unref();
    (watchdog.stdin as unknown as { unref(): void }).unref();
    // Its pipe breaks with it.
    watchdog.stdin.on('error', () => {});
    watchdog.once('exit', () => {
      if (!takenBack) current = begin();
    });
    return watchdog;
  };
  let current = begin();
  return () => {
    takenBack = true;
    current.kill('SIGKILL');
  };
}
