/**
 * Who is drawn on the board.
 */
interface TokenOf {
  /** Gives the colour. */
  readonly seat: number;
  readonly name: string;
  readonly isMe: boolean;
  readonly dead: boolean;
  readonly small: boolean;
}

/** A disc with the initials of a name; a stone over the dead. */
export function Token({ seat, name, isMe, dead, small }: TokenOf) {
  if (dead) {
    return (
      <g class="grave">
        <path d="M-7 9V-3a7 7 0 0 1 14 0V9z" />
        <path class="cross" d="M0 -5V4M-3.5 -2H3.5" />
      </g>
    );
  }
  const initials = initialsOf(name);
  return (
    <g class={`token seat-${Math.max(0, seat) % 8} ${isMe ? 'me' : ''}`} transform={small ? 'scale(0.7)' : undefined}>
      {isMe && <circle class="glow" r={14} />}
      <circle class="disc" r={10.5} />
      <text y={4.2} class={initials.length > 1 ? 'two' : ''}>
        {initials.join('')}
      </text>
    </g>
  );
}

/** Of the first words, two at most: Bot 1 and Bot 2 are told apart. */
function initialsOf(name: string): readonly string[] {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return words.slice(0, 2).map((word) => [...word][0]?.toUpperCase() ?? '');
}

export function Beast() {
  return (
    <g class="beast">
      <path
        class="horns"
        d="M-6 -6C-14 -6 -15 -13 -12 -16C-12 -11 -8 -10 -4 -9H4C8 -10 12 -11 12 -16C15 -13 14 -6 6 -6"
      />
      <path d="M-7.5 -8H7.5L8 0C8 5 4.5 6 4 10C2 12 -2 12 -4 10C-4.500 6 -8 5 -8 0Z" />
      <path class="eyes" d="M-5 -3L-2 -1.500M5 -3L2 -1.500" />
      <circle class="ring" cy={8.5} r={2} />
    </g>
  );
}
