/**
 * What happened, in words, by rounds; the newest first.
 */
import type { GameEvent } from '../../client/index.ts';
import { eventInWords, type Telling } from './words.ts';

interface LogOf {
  readonly events: readonly GameEvent[];
  readonly telling: Telling;
}

export function Log({ events, telling }: LogOf) {
  const rounds = linesByRound(events, telling).toReversed();
  return (
    <section class="card log-card" aria-labelledby="log">
      <h2 id="log">What happened</h2>
      {rounds.length === 0 ? (
        <p class="quiet">Nothing yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it.
        <ol class="plain events log" tabIndex={0} aria-label="By rounds, the newest first">
          {rounds.map(({ round, lines }) => (
            <li key={round}>
              <h3>Round {round}</h3>
              <ul class="plain">
                {lines.map(({ seq, said }) => (
                  <li key={seq}>{said}</li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Rounds in which something happened; that their time was up is nothing by itself. */
function linesByRound(events: readonly GameEvent[], telling: Telling) {
  const lines = events.flatMap((event) => {
    const said = eventInWords(event, telling);
    return said === null ? [] : [{ round: event.round, seq: event.seq, type: event.type, said }];
  });
  const rounds = [...Map.groupBy(lines, ({ round }) => round)].map(([round, of]) => ({ round, lines: of }));
  return rounds.filter(({ lines: of }) => of.some(({ type }) => type !== 'round_ended'));
}
