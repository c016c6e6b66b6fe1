/** Rules of games of which webhooks are told nothing. */
import type { NoticeRules } from '../../src/session/rules.ts';

export const silentNotices: NoticeRules<unknown> = { newest: () => 0, next: () => null, recorded: () => null };
