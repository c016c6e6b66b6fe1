/**
 * An address to hand on: to read, to select, to copy.
 */
import { useState } from 'preact/hooks';
import { announce } from './live-region.tsx';

export function CopyLink({ label, href }: { readonly label: string; readonly href: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(href);
    setCopied(true);
    announce('Copied');
  };
  return (
    <div class="row copy">
      <label>
        {label}
        <input readOnly value={href} onFocus={(event) => event.currentTarget.select()} />
      </label>
      {'clipboard' in navigator && (
        <button type="button" class="small" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}
