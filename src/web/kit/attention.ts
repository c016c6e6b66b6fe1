/**
 * Your turn, for whoever looks at another tab: in the title, and in the icon.
 */
import { useEffect } from 'preact/hooks';

const hex = 'M8 0l7 4v8l-7 4-7-4V4z';

export function useAttention(title: string, isMyTurn: boolean): void {
  useEffect(() => {
    document.title = `${isMyTurn ? '● ' : ''}${title} · Minotaur`;
  }, [title, isMyTurn]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon === null) return;
    const before = icon.href;
    if (isMyTurn) icon.href = iconWith("%3Ccircle cx='11.5' cy='4.5' r='4.5' fill='%23ffd23f'/%3E");
    return () => {
      icon.href = before;
    };
  }, [isMyTurn]);
}

function iconWith(mark: string): string {
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%23b4552d' d='${hex}'/%3E${mark}%3C/svg%3E`;
}
