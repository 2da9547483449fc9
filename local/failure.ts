export type FailureCode = 'bad-option' | 'port-taken' | 'synth-failed' | 'broken-template' | 'unsupported';

/** Something that stops the local cloud and is the user's to mend. Its message is the one line the command prints. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The first line of whatever was thrown: stacks and dumps are no use to somebody who reads one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'unknown error'
  );
}
