/**
 * Kills the processes that a test started when the test process is gone, however it went (SIGKILL included).
 *
 * Role: a shell that reads process ids from a pipe; when the pipe closes it kills every one that was not taken back.
 * Invariant: it is told of a process before anything waits for that process.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

const script = `trap '' INT TERM HUP
alive=' '
while read -r sign pid; do
  case $sign in
    +) alive="$alive$pid " ;;
    -) alive="\${alive%% $pid *} \${alive#* $pid }" ;;
  esac
done
for pid in $alive; do kill -9 "$pid" 2>/dev/null; done`;

let shell: ChildProcessWithoutNullStreams | null = null;

/** Kills `pid` should this process end first. Returns a function that takes it back: call it when the process has exited. */
export function reapLater(pid: number): () => void {
  if (shell === null) {
    shell = spawn('sh', ['-c', script], { detached: true, stdio: 'pipe' });
    shell.unref();
    for (const stream of [shell.stdin, shell.stdout, shell.stderr]) (stream as unknown as { unref(): void }).unref();
  }
  const { stdin } = shell;
  stdin.write(`+ ${pid}\n`);
  return () => stdin.write(`- ${pid}\n`);
}
