/**
 * The same numbers on a faster clock: every time (a field that ends in `Ms`) is multiplied, counts stay.
 */
export function scaled<Numbers extends object>(numbers: Numbers, by: number): Numbers {
  const entries = Object.entries(numbers).map(([name, value]) => {
    if (typeof value === 'number' && name.endsWith('Ms')) return [name, value * by];
    return [name, typeof value === 'object' && value !== null ? scaled(value, by) : value];
  });
  return Object.fromEntries(entries) as Numbers;
}
