/** How an invocation ends, with the errors in Lambda's own words. */

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** `payload` is JSON, as the handler returned it. */
export type Outcome = { readonly payload: string } | { readonly error: FunctionError };

/** What Lambda answers, with status 429, whoever invokes beyond a function's concurrency. */
export const THROTTLED: FunctionError = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };

export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}

export function outOfMemory(requestId: string): FunctionError {
  return { errorType: 'Runtime.OutOfMemory', errorMessage: exited(requestId, 'signal: killed') };
}

/** The process ended by itself or was ended. A clean exit is an error all the same: it left its invocation without an answer. */
export function exitError(requestId: string, exitCode: number | null, signal: string | null): FunctionError {
  if (exitCode === 0)
    return {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited without providing a reason`,
    };
  const reason = signal ? `signal: ${SIGNALS[signal] ?? signal}` : `exit status ${exitCode}`;
  return { errorType: 'Runtime.ExitError', errorMessage: exited(requestId, reason) };
}

export function tooLarge(errorType: string, bytes: number, limit: number): FunctionError {
  return { errorType, errorMessage: `payload size (${bytes} bytes) exceeded the maximum allowed (${limit} bytes).` };
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted (core dumped)',
  SIGSEGV: 'segmentation fault (core dumped)',
  SIGTERM: 'terminated',
};

function exited(requestId: string, reason: string): string {
  return `RequestId: ${requestId} Error: Runtime exited with error: ${reason}`;
}
