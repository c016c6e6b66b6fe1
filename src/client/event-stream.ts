/**
 * Server-Sent Events, read from text as it comes.
 *
 * Invariant: a field is understood only once its line is complete; what is not `data` is passed over, for the frames say all.
 */

/** Each call gives the texts of the events that its part completed, and null for each comment. */
export function eventReader(): (part: string) => (string | null)[] {
  let rest = '';
  let data: string[] = [];
  return (part) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    const found: (string | null)[] = [];
    for (const line of lines) {
      if (line.startsWith(':')) found.push(null);
      else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
      else if (line === '' && data.length > 0) {
        found.push(data.join('\n'));
        data = [];
      }
    }
    return found;
  };
}
