/**
 * Errors of ours: each says what it is (`code`), whether trying again may help (`retryable`), and what lay under it.
 * The code tells kinds apart where the names of classes do not survive, in a bundle.
 */
export class FanfoldError extends Error {
  override readonly name: string = 'FanfoldError';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** A job's definition breaks a rule; thrown while loading it. */
export class InvalidJobError extends FanfoldError {
  constructor(message: string) {
    super('invalid-job', message);
  }
}

/** A message is not an envelope of a version we know. */
export class InvalidEnvelopeError extends FanfoldError {
  constructor(message: string) {
    super('invalid-envelope', message);
  }
}

/** An input that was accepted does not split into its tasks again: `split` is not deterministic. */
export class SplitError extends FanfoldError {
  constructor(message: string) {
    super('split-failed', message);
  }
}

/** Some entries of a batch were refused by the service after every retry. */
export class BatchRefusedError extends FanfoldError {
  constructor(service: string, refused: number, reason: string) {
    super('batch-refused', `${service} refused ${refused} entries: ${reason}`, { retryable: true });
  }
}

/** The message of anything thrown, cut to `length`. Never throws: a user's code may throw what has no text. */
export function messageOf(error: unknown, length: number): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, length);
  } catch {
    return 'something that has no message';
  }
}
