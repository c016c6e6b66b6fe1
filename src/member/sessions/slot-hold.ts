/**
 * Whether a slot that was opened is served: it is open, frozen for a handoff, or closed.
 *
 * Invariants:
 *  - What is closed stays so, and is never frozen.
 *  - Whoever waits for the end of a freeze is woken by it, and by the close.
 */
type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'frozen'; readonly over: Promise<void>; readonly end: () => void }
  | { readonly kind: 'closed' };

export class SlotHold {
  private state: State = { kind: 'open' };

  get isClosed(): boolean {
    return this.state.kind === 'closed';
  }

  get isFrozen(): boolean {
    return this.state.kind === 'frozen';
  }

  /** Null, or what resolves with the freeze: until then nothing is begun. */
  get freezing(): Promise<void> | null {
    return this.state.kind === 'frozen' ? this.state.over : null;
  }

  freeze(): void {
    if (this.state.kind !== 'open') return;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.state = { kind: 'frozen', over, end };
  }

  unfreeze(): void {
    if (this.state.kind === 'frozen') this.leave({ kind: 'open' });
  }

  close(): void {
    this.leave({ kind: 'closed' });
  }

  private leave(next: State): void {
    const { state } = this;
    this.state = next;
    if (state.kind === 'frozen') state.end();
  }
}
