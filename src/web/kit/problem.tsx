/**
 * What went wrong with what somebody asked for, read out at once.
 */
export function Problem({ text }: { readonly text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
