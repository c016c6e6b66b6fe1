/**
 * `/cluster`: the members, what each of them holds, and how that changes, as whichever member sees it that answers.
 *
 * Role: puts the picture, the log, the table and the buttons side by side.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { mount } from '../kit/mount.tsx';
import { coloursFor } from './colours.ts';
import { Health } from './health.tsx';
import { Log } from './log.tsx';
import { controlToken, drainHere, Machine } from './machine.tsx';
import { Members } from './members.tsx';
import { summaryOf } from './news.ts';
import { bearer, DrainButton, drainBy, TokenDoor } from './operator.tsx';
import type { Member } from './report.ts';
import { Ring } from './ring.tsx';
import { freshSlots, type Story, unownedOf } from './story.ts';
import { useStory } from './use-story.ts';
import './cluster.css';

/** How long a slot that moved is lit. */
const freshMs = 2_500;

function Cluster() {
  const [token, setToken] = useState('');
  const [control] = useState(controlToken);
  const [problem, setProblem] = useState('');
  const [chosen, choose] = useState<string | null>(null);
  const story = useStory(bearer(control || token));
  const colours = useColours(story.report?.members ?? []);
  const { report, entries } = story;
  const drainer = control === '' ? drainBy(token) : drainHere(control);
  const drain = (member: Member) => <DrainButton member={member} drain={drainer} complain={setProblem} />;
  return (
    <>
      <header class="row spread">
        <h1>The cluster</h1>
        <Connection story={story} />
      </header>
      {report === null ? (
        <p>{story.silentSince === null ? 'Asking …' : 'No member answers just now.'}</p>
      ) : (
        <>
          <p class={`banner ${unownedOf(report) === 0 ? '' : 'waiting'}`}>{summaryOf(report, unownedOf(report))}</p>
          <div class="sides">
            <section class="card picture" aria-label="The ring">
              {report.slotMap === null ? (
                <p>{report.self} is of an older version and does not tell who owns which slot.</p>
              ) : (
                <>
                  <Ring
                    map={report.slotMap}
                    members={report.members}
                    colours={colours}
                    fresh={freshSlots(story, Date.now(), freshMs)}
                    chosen={chosen}
                    choose={choose}
                  />
                  <p class="quiet legend">
                    Games lie in {report.slotMap.owners.length} slots, each a piece of the ring in the colour of the
                    member that owns it: one that flashes has just moved, a line inside it is the colour of who gets it
                    next, and a dashed red one has no owner.
                  </p>
                </>
              )}
            </section>
            <div class="stack">
              <Members
                report={report}
                colours={colours}
                chosen={chosen}
                choose={choose}
                actions={control === '' && token === '' ? null : drain}
              />
              <p class="problem" role="alert">
                {problem}
              </p>
              <Log entries={entries} />
              {control !== '' && <Machine token={control} complain={setProblem} />}
              <Health report={report} />
              {control === '' && <TokenDoor token={token} use={setToken} />}
            </div>
          </div>
        </>
      )}
    </>
  );
}

function Connection({ story: { silentSince, answeredAt, report } }: { readonly story: Story }) {
  if (silentSince === null) {
    return (
      <span class={`badge ${answeredAt === null ? 'waiting' : 'live'}`}>
        <i aria-hidden="true" />
        {report === null ? 'Asking …' : `Live, by ${report.self}`}
      </span>
    );
  }
  return (
    <span class="badge waiting">
      <i aria-hidden="true" />
      Nobody answers here
      {answeredAt !== null && `; what you see is from ${new Date(answeredAt).toLocaleTimeString()}`}
    </span>
  );
}

function useColours(members: readonly Member[]): ReadonlyMap<string, string> {
  const kept = useRef<ReadonlyMap<string, string>>(new Map());
  const colours = coloursFor(
    members.map(({ id }) => id),
    kept.current,
  );
  useEffect(() => {
    kept.current = colours;
  });
  return colours;
}

mount(
  <main class="stack">
    <Cluster />
  </main>,
);
