/**
 * A proxy (an ingress controller, a load balancer) that learns of a Service's endpoints some time after they changed.
 *
 * Role: the other half of the race: nothing makes the kubelet wait until proxies know of a pod's end.
 */
export class LaggingProxy {
  readonly #lagMs: number;
  #urls: readonly string[] = [];
  #next = 0;

  constructor(lagMs: number) {
    this.#lagMs = lagMs;
  }

  /** The endpoints from now on, or rather from `lagMs` later on. */
  learn(urls: readonly string[]): void {
    setTimeout(() => {
      this.#urls = urls;
    }, this.#lagMs).unref();
  }

  /** Round robin; null while it knows nobody. */
  readonly pick = (): string | null => this.#urls[this.#next++ % this.#urls.length] ?? null;
}
