/**
 * The run folder, by default `.run/`: what `npm start` keeps from one run to the next.
 *
 * Role: NATS' storage, the members' logs, the admin token and the secret of players' tokens, and a lock: two runs must not share one NATS storage.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';

/** Whoever holds the folder and stands still says nothing. */
const holderPatienceMs = 1_000;

export interface RunFolder {
  readonly nats: string;
  readonly logs: string;
  readonly adminToken: string;
  readonly tokenSecrets: string;
}

/** Another run uses the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  /** Null: it did not say. */
  readonly pid: number | null;

  constructor(root: string, pid: number | null) {
    const who = pid === null ? 'another npm start' : `another npm start (process ${pid})`;
    const how = pid === null ? 'stop it' : `stop it (kill ${pid})`;
    super(`${who} uses ${root}: ${how}, or choose another --folder`);
    this.pid = pid;
  }
}

/** Opens the folder at `root` for this process, and makes it where it lacks. Rejects with FolderInUse. */
export async function openRunFolder(root: string): Promise<RunFolder> {
  const folder = { nats: join(root, 'nats'), logs: join(root, 'logs') };
  mkdirSync(folder.logs, { recursive: true });
  await lock(join(root, 'lock'));
  const { MINOTAUR_ADMIN_TOKEN: adminToken, MINOTAUR_TOKEN_SECRETS: tokenSecrets } = process.env;
  return {
    ...folder,
    adminToken: adminToken || keptSecret(join(root, 'admin-token'), 12),
    tokenSecrets: tokenSecrets || keptSecret(join(root, 'token-secret'), 32),
  };
}

/** Made once, of that many random bytes, so that command lines and tokens of an earlier run go on working. */
function keptSecret(path: string, bytes: number): string {
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(bytes).toString('hex')}\n`, { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** A listening socket: the operating system gives it up with the process, as no file with a process id would. */
async function lock(path: string): Promise<void> {
  // Relative: the names of sockets are limited to about 100 characters.
  const name = relative(process.cwd(), path);
  const holder = await askHolder(name);
  if (holder !== null) throw new FolderInUse(dirname(path), holder.pid);
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(String(process.pid));
    });
    server.once('error', reject).listen(name, resolve);
    server.unref();
  });
}

/** Who listens there, as far as it says; null: nobody. */
function askHolder(name: string): Promise<{ readonly pid: number | null } | null> {
  return new Promise((resolve) => {
    const socket = createConnection(name);
    let connected = false;
    let said = '';
    const settle = () => {
      resolve(connected ? { pid: Number.parseInt(said, 10) || null } : null);
      socket.destroy();
    };
    socket.setEncoding('utf8').setTimeout(holderPatienceMs, settle);
    socket.once('connect', () => {
      connected = true;
    });
    socket.on('data', (text) => {
      said += text;
    });
    socket.once('error', settle).once('end', settle);
  });
}
