/** A leaf as it is seen from outside: messages go to it, and come back from it. */

/** Something that came back. */
export interface Answer {
  readonly body: string;
  /** What it was sent to over HTTP, and the token it brought. */
  readonly over?: { readonly path: string; readonly token: string | undefined };
}

export interface LeafUnderTest {
  /** Where it is told to answer. */
  readonly replyTo: string;
  /** Hands it a message, as text. */
  send(body: string): Promise<void>;
  /** What has come back since the last call; waits up to `ms` for something. */
  receive(ms: number): Promise<readonly Answer[]>;
  close(): Promise<void>;
}
