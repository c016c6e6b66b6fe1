/**
 * The start of a page: its content, and the one live region that reads news to who does not see them.
 */
import './theme.css';
import './parts.css';
import { type ComponentChildren, render } from 'preact';
import { LiveRegion } from './live-region.tsx';

export function mount(page: ComponentChildren): void {
  const place = document.getElementById('app');
  if (place === null) throw new Error('the document has no #app');
  render(
    <>
      {page}
      <LiveRegion />
    </>,
    place,
  );
}
