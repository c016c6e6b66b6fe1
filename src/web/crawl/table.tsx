/**
 * A seat at the crawl: before the game its lobby, then the labyrinth.
 */
import type { Match, Update } from '../../client/index.ts';
import { useAttention } from '../kit/attention.ts';
import { CopyLink } from '../kit/copy-link.tsx';
import { Lobby } from '../kit/lobby.tsx';
import { inviteLink } from '../kit/seats.ts';
import { shownOf } from '../kit/shown.ts';
import { TableFrame } from '../kit/table-frame.tsx';
import { Play } from './play.tsx';
import { isCrawl } from './seen.ts';
import { useCrawl } from './use-crawl.ts';

interface At {
  readonly match: Match;
  readonly enter: (match: Match) => void;
  readonly leave: () => void;
}

export function Table({ match, enter, leave }: At) {
  const crawl = useCrawl(match);
  const { update, seen, ended } = crawl;
  const shown = update === null ? null : shownOf(update, match.seat.playerId);
  useAttention(shown?.headline ?? 'Labyrinth', shown?.isMyTurn ?? false);
  return (
    <TableFrame match={match} name="Minotaur" isOver={shown?.outcome !== undefined} ended={ended} leave={leave}>
      {update === null || shown === null ? null : update.game.status === 'lobby' ? (
        <>
          <Lobby match={match} update={update} shown={shown} />
          <WatchLink update={update} />
        </>
      ) : seen === null ? (
        <Elsewhere update={update} />
      ) : (
        <Play match={match} crawl={crawl} update={update} seen={seen} shown={shown} enter={enter} leave={leave} />
      )}
    </TableFrame>
  );
}

function WatchLink({ update: { game } }: { readonly update: Update }) {
  if ((game.settings as { readonly spectators?: boolean } | undefined)?.spectators !== true) return null;
  return <CopyLink label="Link for those who watch" href={inviteLink(`watch=${game.id}`)} />;
}

/** Members may play another game than the crawl. */
function Elsewhere({ update }: { readonly update: Update }) {
  if (isCrawl(update.game.module)) return <p>The labyrinth cannot be shown just now.</p>;
  return (
    <p>
      This is another game. <a href={inviteLink(update.game.id, '/play')}>To its table</a>
    </p>
  );
}
