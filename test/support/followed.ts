/**
 * A game that is followed by the client library, wherever that leads: what was seen of it, and how it ended.
 *
 * Role: for tests whose subject is not the wire. Those have their raw clients: game-connection.ts, stream-client.ts, socket-client.ts.
 */
import { Ended, type Watch } from '../../src/client/index.ts';

export class Followed {
  /** Of the updates, as they came. */
  readonly versions: number[] = [];
  #end: unknown = null;
  readonly #watch: Watch;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#read().catch((error: unknown) => {
      this.#end = error;
    });
  }

  /** As a socket would be closed; null while it goes on. Throws whatever else ended it. */
  endCode(): number | null {
    if (this.#end !== null && !(this.#end instanceof Ended)) throw this.#end;
    return this.#end?.code ?? null;
  }

  close(): void {
    this.#watch.close();
  }

  async #read(): Promise<void> {
    for await (const { version } of this.#watch) if (version !== this.versions.at(-1)) this.versions.push(version);
  }
}
