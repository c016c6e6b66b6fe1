/**
 * The table: what the picture shows, in numbers and words, and what can be done to each member.
 */
import type { ComponentChildren } from 'preact';
import { ranges } from './arcs.ts';
import type { Member, PlayedModule, Report } from './report.ts';
import './members.css';

interface Listed {
  readonly report: Report;
  readonly colours: ReadonlyMap<string, string>;
  readonly chosen: string | null;
  readonly choose: (id: string | null) => void;
  /** What can be done to a member; null: nothing, and there is no column for it. */
  readonly actions: ((member: Member) => ComponentChildren) | null;
}

const columns = ['Member', 'State', 'Slots', 'Games', 'Version'];

export function Members({ report, colours, chosen, choose, actions }: Listed) {
  const { members, slotMap } = report;
  return (
    <section class="card" aria-labelledby="members">
      <h2 id="members">Members</h2>
      <table class={actions === null ? '' : 'acting'}>
        <thead>
          <tr>
            {[...columns, ...(actions === null ? [] : ['Actions'])].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.id}>
              <th scope="row">
                <button
                  type="button"
                  class="small swatch"
                  aria-pressed={chosen === member.id}
                  aria-label={`Show ${member.id} on the ring`}
                  onClick={() => choose(chosen === member.id ? null : member.id)}
                >
                  <i class={colours.get(member.id)} aria-hidden="true" />
                  {member.id}
                </button>
              </th>
              <td>{stateOf(member)}</td>
              <td class="number">{member.slots}</td>
              <td class="number">{member.sessions ?? 'unknown'}</td>
              <td class="version" title={versionOf(member)}>
                {member.version}
                {member.module && <span class="quiet"> {playedBy(member.module)}</span>}
              </td>
              {actions !== null && (
                <td>
                  <span class="row">{actions(member)}</span>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {slotMap !== null && (
        <details>
          <summary>Which slots</summary>
          <dl>
            {[...members.map(({ id }) => id), null].map((id) => {
              const own = slotMap.owners.flatMap((owner, slot) => (owner === id ? [slot] : []));
              if (own.length === 0) return null;
              return (
                <div key={id ?? ''}>
                  <dt>{id ?? 'nobody'}</dt>
                  <dd>{ranges(own)}</dd>
                </div>
              );
            })}
          </dl>
        </details>
      )}
    </section>
  );
}

/** For where the column has no room for it. */
function versionOf({ version, module }: Member): string {
  return module ? `${version} ${playedBy(module)}` : version;
}

/** Members that play different code differ here at a glance. */
function playedBy({ name, version, hash }: PlayedModule): string {
  return `${name} ${version}${hash === undefined ? '' : ` (${hash.slice(0, 7)})`}`;
}

function stateOf(member: Member): string {
  const stuck = (member.stuck ?? []).map(({ kind, count }) => `${count} ${kind}`);
  return stuck.length === 0 ? taskOf(member) : `${taskOf(member)}, stuck with ${stuck.join(', ')}`;
}

function taskOf({ status, sessions, slots }: Member): string {
  if (sessions === null) return 'silent';
  if (status === 'active') return 'active';
  return slots === 0 ? 'drained' : 'leaving';
}
