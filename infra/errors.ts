import { FanfoldError } from '../shared/core/errors.ts';

/** Something a person can mend before any template exists; its message is one line that names the key or the file. */
export class ConfigurationError extends FanfoldError {
  override readonly name = 'ConfigurationError';

  constructor(subject: string, rule: string, options: { cause?: unknown } = {}) {
    super('invalid-configuration', `${subject} ${rule}`, options);
  }
}
