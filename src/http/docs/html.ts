/**
 * Text of our own documents as HTML.
 *
 * Why not a library for Markdown: the descriptions use paragraphs, lists, code and emphasis, and nothing else; everything is escaped first.
 */
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** Code and emphasis within a line. */
export function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`.+`$/s.test(part) ? `<code>${escaped(part.slice(1, -1))}</code>` : emphasised(escaped(part))))
    .join('');
}

function emphasised(text: string): string {
  return text.replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>').replaceAll(/\*([^*]+)\*/g, '<em>$1</em>');
}

/** Paragraphs and lists. */
export function block(text: string): string {
  const parts = text.split(/\n{2,}/).filter((part) => part.trim() !== '');
  return parts.map((part) => (part.startsWith('- ') ? list(part) : `<p>${inline(part)}</p>`)).join('\n');
}

function list(part: string): string {
  const items = part.split(/^- /m).filter((item) => item.trim() !== '');
  return `<ul>${items.map((item) => `<li>${inline(item.trim())}</li>`).join('')}</ul>`;
}

/** A table that scrolls by itself where it is too wide; cells are HTML already. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map(([first = '', ...rest]) => {
    return `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const titles = head.map((title) => `<th scope="col">${title}</th>`).join('');
  return `<div class="scrolls" role="region" tabindex="0" aria-label="${escaped(caption)}"><table>
<caption>${escaped(caption)}</caption>
<thead><tr>${titles}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

/** A JSON value, as people read it. */
export function code(value: unknown): string {
  return `<pre tabindex="0"><code>${escaped(JSON.stringify(value, null, 2))}</code></pre>`;
}
