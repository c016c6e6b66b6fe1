/**
 * Any value, as a tree that opens and closes; ids of players are read as their names.
 *
 * Invariant: at most 200 entries of a list are drawn, so that no view makes the page stand still.
 */
const mostEntries = 200;
/** Deeper than this a branch begins closed. */
const openDepth = 2;

interface Branch {
  readonly value: unknown;
  readonly names: ReadonlyMap<string, string>;
  readonly depth?: number;
}

export function Tree({ value, names, depth = 0 }: Branch) {
  if (typeof value !== 'object' || value === null) return <Leaf value={value} names={names} />;
  const entries = Object.entries(value);
  if (entries.length === 0) return <span class="quiet">{Array.isArray(value) ? 'none' : 'empty'}</span>;
  return (
    <ul class="tree">
      {entries.slice(0, mostEntries).map(([key, each]) => (
        <li key={key}>
          <Entry label={names.get(key) ?? key} value={each} names={names} depth={depth} />
        </li>
      ))}
      {entries.length > mostEntries && <li class="quiet">and {entries.length - mostEntries} more</li>}
    </ul>
  );
}

function Entry({ label, value, names, depth = 0 }: Branch & { readonly label: string }) {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return (
      <>
        <span class="key">{label}</span> <Tree value={value} names={names} />
      </>
    );
  }
  const count = Object.keys(value).length;
  return (
    <details open={depth < openDepth}>
      <summary>
        <span class="key">{label}</span> <span class="quiet">{count === 1 ? '1 entry' : `${count} entries`}</span>
      </summary>
      <Tree value={value} names={names} depth={depth + 1} />
    </details>
  );
}

function Leaf({ value, names }: Branch) {
  if (value === null || value === undefined) return <span class="quiet">nothing</span>;
  return <span class="value">{(typeof value === 'string' ? names.get(value) : undefined) ?? String(value)}</span>;
}
