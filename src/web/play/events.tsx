/**
 * What happened, the newest first.
 */
import type { GameEvent } from '../../client/index.ts';
import { fieldsInWords, type Names } from './in-words.ts';

interface Log {
  readonly events: readonly GameEvent[];
  readonly names: Names;
}

export function Events({ events, names }: Log) {
  return (
    <section class="card" aria-labelledby="events">
      <h2 id="events">What happened</h2>
      {events.length === 0 ? (
        <p class="quiet">Nothing yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it.
        <ol class="plain events" tabIndex={0} aria-label="Events, the newest first">
          {events.toReversed().map((event) => (
            <li key={event.seq}>
              <span class="quiet">{event.round}</span> {event.type.replaceAll('_', ' ')}{' '}
              <span class="quiet">{fieldsOf(event, names)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function fieldsOf({ seq: _, round: __, at: ___, type: ____, ...fields }: GameEvent, names: Names): string {
  return fieldsInWords(fields, names);
}
