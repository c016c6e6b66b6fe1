/**
 * Tells the outbox of which games of held slots a webhook has to be told something.
 *
 * Role: is asked after each commit, and whenever sessions became known or are deleted; without an outbox it does nothing.
 */
import { isOutstanding } from '../../session/told.ts';
import type { Outbox } from '../contract/outbox.ts';
import { Notices, type NoticesContext } from './notices.ts';
import { type Item, isConcluded } from './session-items.ts';

export interface WebhookFeedContext<State> extends NoticesContext<State> {
  readonly outbox: Outbox | null;
}

export class WebhookFeed<State> {
  /** What the outbox asks. */
  readonly notices: Notices<State>;
  private readonly context: WebhookFeedContext<State>;

  constructor(context: WebhookFeedContext<State>) {
    this.context = context;
    this.notices = new Notices(context);
  }

  /** Of all games of the slot. */
  tellAll({ slot, items }: { readonly slot: number; readonly items: ReadonlyMap<string, Item<State>> }): void {
    for (const item of items.values()) this.tell(slot, item);
  }

  tell(slot: number, item: Item<State>): void {
    const { outbox } = this.context;
    const { told } = item.listing;
    if (outbox === null || told === undefined || !isOutstanding(told)) return;
    if ((item.deleted && !isConcluded(item)) || outbox.outstanding(slot, item.gameId, isConcluded(item))) return;
    this.notices.told(slot, item.gameId, { seq: told.newest, round: told.round });
  }

  /** The session is deleted, or was never there. */
  removed(slot: number, gameId: string): void {
    const item = this.context.get(slot)?.items.get(gameId);
    if (item !== undefined && isConcluded(item) && isOutstanding(item.listing.told)) this.tell(slot, item);
    else this.context.outbox?.forget(slot, gameId);
  }
}
