/**
 * Backup and restore of JetStream streams, by the requests that `nats stream backup` and `nats stream restore` make.
 *
 * Role: what an operator's tool does, without the tool: the server's own snapshot of a stream, in chunks, each of which it wants acknowledged.
 * Shapes: `config` and `state` are what the tool keeps in `backup.json`, `chunks` what it keeps in `stream.tar.s2`.
 */
import { connect, createInbox, type NatsConnection } from 'nats';

export interface StreamBackup {
  readonly stream: string;
  readonly config: object;
  readonly state: object;
  readonly chunks: readonly Uint8Array[];
}

interface ApiAnswer {
  readonly config: object;
  readonly state: object;
  readonly deliver_subject: string;
  readonly error?: { readonly description: string };
}

const chunkBytes = 64 * 1_024;
const timeoutMs = 10_000;

/** One connection for `run`, which is closed afterwards. */
export async function withNats<T>(
  servers: readonly { readonly port: number }[],
  login: { readonly user: string; readonly pass: string },
  run: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: servers.map(({ port }) => `127.0.0.1:${port}`), ...login });
  try {
    return await run(connection);
  } finally {
    await connection.close();
  }
}

/** A snapshot of a stream while others write to it. Rejects if the server breaks it off. */
export async function backUpStream(connection: NatsConnection, stream: string): Promise<StreamBackup> {
  const inbox = createInbox();
  const deliveries = connection.subscribe(inbox);
  const question = { deliver_subject: inbox, no_consumers: true, chunk_size: chunkBytes };
  const { config, state } = await ask(connection, `STREAM.SNAPSHOT.${stream}`, question);
  const chunks: Uint8Array[] = [];
  for await (const delivery of deliveries) {
    if (delivery.data.length === 0) {
      const code = delivery.headers?.code ?? 204;
      if (code !== 204) throw new Error(`the backup of ${stream} broke off: ${delivery.headers?.description}`);
      break;
    }
    chunks.push(delivery.data.slice());
    delivery.respond();
  }
  return { stream, config, state, chunks };
}

/** Makes the stream anew from a backup. Rejects if it is there already. */
export async function restoreStream(connection: NatsConnection, backup: StreamBackup): Promise<void> {
  const { stream, config, state, chunks } = backup;
  const { deliver_subject: target } = await ask(connection, `STREAM.RESTORE.${stream}`, { config, state });
  for (const chunk of chunks) {
    const answer = await connection.request(target, chunk, { timeout: timeoutMs });
    if (answer.data.length > 0) throw new Error(`the restore of ${stream} broke off: ${answer.string()}`);
  }
  refuseError((await connection.request(target, '', { timeout: timeoutMs })).json());
}

async function ask(connection: NatsConnection, api: string, question: object): Promise<ApiAnswer> {
  const reply = await connection.request(`$JS.API.${api}`, JSON.stringify(question), { timeout: timeoutMs });
  return refuseError(reply.json<ApiAnswer>());
}

function refuseError(answer: ApiAnswer): ApiAnswer {
  if (answer.error) throw new Error(answer.error.description);
  return answer;
}
