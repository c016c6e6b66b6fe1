/**
 * How the crawl is played, in as few words as will do. (All of it: docs/rules.md.)
 */
export function Rules() {
  return (
    <details class="card rules">
      <summary>How it is played</summary>
      <ul>
        <li>Each round everybody plans in secret: steps and strikes, as many as there are action points.</li>
        <li>
          When all are done, or the time is up, everybody strikes first, whoever was in reach when the round began. Then
          everybody walks. Nobody escapes a strike by walking away.
        </li>
        <li>You see as far as you could walk in a few steps. What you saw you remember, but not who was there.</li>
        <li>The minotaur cannot be hurt. It strikes twice as hard, and is one step slower than you can run.</li>
        <li>The last one standing wins. If nobody is, nobody does.</li>
        <li>
          On a keyboard the six keys around S plan steps: W and E up, A and D to the sides, Z and X down. Numbers
          strike, Backspace takes back, Enter is done.
        </li>
      </ul>
    </details>
  );
}
