import { expect, test } from 'vitest';
import { BatchRefusedError, FanfoldError, InvalidJobError, messageOf } from '../../shared/core/errors.ts';

test('an error says what it is, whether trying again may help, and what lay under it', () => {
  const cause = new Error('socket closed');
  const error = new FanfoldError('broken', 'it broke', { retryable: true, cause });
  expect(error).toMatchObject({ name: 'FanfoldError', code: 'broken', message: 'it broke', retryable: true, cause });
});

test('no error is retryable unless it says so', () => {
  expect(new FanfoldError('broken', 'it broke').retryable).toBe(false);
  expect(new InvalidJobError('no').retryable).toBe(false);
  expect(new BatchRefusedError('SNS', 2, 'Throttled')).toMatchObject({
    retryable: true,
    message: /SNS refused 2 .*Throttled/,
  });
});

test('an error tells its kind where names of classes do not survive', () => {
  expect(new InvalidJobError('no')).toMatchObject({ name: 'FanfoldError', code: 'invalid-job' });
});

test.for([
  [new Error('boom'), 'boom'],
  ['boom', 'boom'],
  [undefined, 'undefined'],
  [Symbol('boom'), 'Symbol(boom)'],
  [Object.create(null), 'something that has no message'],
])('anything thrown has a message: %#', ([thrown, message]) => {
  expect(messageOf(thrown, 100)).toBe(message);
});

test('a message is cut', () => {
  expect(messageOf(new Error('boom'), 2)).toBe('bo');
});
