/**
 * Single keys on a terminal: what `npm start` does at each.
 *
 * Role: two-key commands (a letter, then a member's digit) are remembered here; everything is done by the cluster.
 */
import { keysHint, keysText, type statusText } from './guide.ts';
import type { LocalCluster } from './local-cluster.ts';
import type { LocalMember } from './local-member.ts';

export interface ControlsOptions {
  readonly cluster: LocalCluster;
  readonly print: (...lines: readonly string[]) => void;
  readonly status: () => ReturnType<typeof statusText>;
  readonly quit: () => void;
  /** Stands aside for the shell, as Ctrl-Z makes other programs do. */
  readonly suspend: () => void;
}

const targeted = { k: 'kill', p: 'pause or resume', d: 'drain', l: 'show the log of' } as const;
type Targeted = keyof typeof targeted;

export class Controls {
  readonly #options: ControlsOptions;
  #pending: Targeted | null = null;

  constructor(options: ControlsOptions) {
    this.#options = options;
  }

  /** What can be pressed now. */
  get hint(): string {
    if (this.#pending === null) return keysHint;
    const choices = this.#options.cluster.members.map(({ id }, index) => `${index + 1} ${id}`).join('  ');
    return `${targeted[this.#pending]} which?  ${choices}   (any other key: none)`;
  }

  press(key: string): void {
    const pending = this.#pending;
    this.#pending = null;
    if (key === '\x03') this.#options.quit();
    else if (key === '\x1a') this.#options.suspend();
    else if (pending !== null && /^[1-9]$/.test(key)) this.#act(pending, Number(key));
    else if (Object.hasOwn(targeted, key)) this.#pending = key as Targeted;
    else this.#single(key);
  }

  #single(key: string): void {
    const { cluster, print, status, quit } = this.#options;
    if (key === 'q') quit();
    else if (key === 'a') void cluster.add();
    else if (key === 'r') void cluster.roll();
    else if (key === 's') print(...status());
    else if (key === '?' || key === 'h') print(...keysText);
  }

  #act(command: Targeted, digit: number): void {
    const { cluster, print } = this.#options;
    const member: LocalMember | undefined = cluster.members[digit - 1];
    if (member !== undefined && command === 'l') {
      print(...cluster.log(member));
      return;
    }
    if (member === undefined || !member.running) {
      print(`member ${digit} does not run`);
      return;
    }
    if (command === 'k') cluster.kill(member);
    else if (command === 'p') cluster.togglePause(member);
    else if (command === 'd') cluster.drain(member);
  }
}
