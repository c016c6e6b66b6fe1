/**
 * Port: requests to the one place outside that an operator has named.
 *
 * Conditions (test/contract/outgoing.ts):
 *  O1 `post` never rejects. It takes no longer than `timeoutMs`, and some.
 *  O2 `answered` gives the status of the very answer: redirects are not followed.
 *  O3 `silent` and `failed` say nothing about whether the request arrived; `refused` means that it was not sent: the address is not allowed.
 *  O4 However much the other side sends, and however long, no more than a little of it is read, and nothing kept. No connection is in use
 *     for a request that is over.
 */
export interface Outgoing {
  post(request: OutgoingRequest, timeoutMs: number): Promise<PostOutcome>;
}

export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };
