/**
 * The games of one slot that are over: what their archive holds, and what is answered about them.
 *
 * Role: finds out whether a game that is not in memory is concluded, and performs operations on its last state.
 * Invariant: nothing is written: of a game that is over everything stays as it is.
 */
import { CommittedGame } from '../../session/committed-game.ts';
import { Session } from '../../session/session.ts';
import { decode } from '../../session/snapshot.ts';
import { answerOf, type HostAnswer, look, showStarted } from '../contract/host-answers.ts';
import type { RoutedOperation } from '../contract/rpc.ts';
import { type RetryPolicy, retry } from '../kit/retry.ts';
import { type Item, isConcluded, isErased, type SessionItems } from './session-items.ts';
import { LAGGING_READS } from './session-loader.ts';
import type { SlotContext } from './slot-context.ts';
import type { SlotHold } from './slot-hold.ts';

const LOOK_AGAIN: RetryPolicy = { firstMs: 10, factor: 2, longestMs: 250 };

export class ConcludedGames<State> {
  private readonly context: SlotContext<State>;
  private readonly slot: number;
  private readonly hold: SlotHold;
  private readonly items: SessionItems<State>;

  constructor(context: SlotContext<State>, slot: number, hold: SlotHold, items: SessionItems<State>) {
    this.context = context;
    this.slot = slot;
    this.hold = hold;
    this.items = items;
  }

  /**
   * What is archived of a game, if it is concluded. Its deletion marker decides: what a replica does not show yet is there all the same, unless
   * it was erased; and a game that is erased, or to be, is not there, whatever the archive still shows. `unknown`: no answer, or nothing is shown of what
   * has to be there.
   */
  findEnd(gameId: string): Promise<Uint8Array | 'none' | 'unknown' | 'frozen'> {
    let looks = 0;
    return retry<Uint8Array | 'none' | 'unknown' | 'frozen'>(this.context, LOOK_AGAIN, async () => {
      looks += 1;
      if (this.is(isErased, gameId)) return { done: 'none' };
      const since = this.items.get(gameId)?.listing.archived;
      const shown = await this.context.store.readConcluded(gameId, since);
      if (shown === undefined) return { done: 'unknown' };
      if (shown instanceof Uint8Array) return { done: shown };
      if (!this.is(isConcluded, gameId)) return { done: 'none' };
      if (this.hold.isFrozen) return { done: 'frozen' };
      if (looks < LAGGING_READS) return { again: 'lagging' };
      if (shown === 'erased') return { done: 'none' };
      this.context.broken(this.slot, gameId, 'it is concluded, and the archive does not show its last state');
      return { done: 'unknown' };
    });
  }

  private is(so: (item: Item<State>) => boolean, gameId: string): boolean {
    const item = this.items.get(gameId);
    return item !== undefined && so(item);
  }

  /** On a game that is archived. Its results still tell what was answered before; nothing that is done with it is ever written. */
  perform(value: Uint8Array, operation: Exclude<RoutedOperation, { kind: 'erase' }>): HostAnswer {
    const { rules, time, store, stamp } = this.context;
    const snapshot = decode(rules, value);
    const { largestValue } = store;
    const from = { revision: 0, sizeBytes: value.length, stamp, writtenAt: null, largestValue };
    const session = Session.resume(rules, snapshot, from);
    const game = new CommittedGame(rules, snapshot.state, snapshot.version);
    switch (operation.kind) {
      case 'read':
      case 'events':
      case 'state':
        return look(this.context, game, operation);
      case 'continue':
      case 'create':
        return showStarted(this.context, game, operation, session.findCreation(operation.command), time.now());
      case 'command': {
        const { command, input, caller, may } = operation;
        return answerOf(session.submit({ ...command, input, caller, may }, time.now()).reply);
      }
    }
  }
}
