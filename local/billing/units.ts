/** How AWS rounds sizes to billed units. The pages are those of the price table. */

const KB = 1_024;

/** SNS and SQS: "each 64 KB chunk of a payload is billed as 1 request", a batch by the sum of its messages. */
export const messagingUnits = (bytes: number): number => atLeastOne(bytes / (64 * KB));

/** HTTP APIs are metered in 512 KB increments; taken here as the request's and the answer's bodies together. */
export const apiUnits = (call: { readonly requestBytes: number; readonly responseBytes: number }): number =>
  atLeastOne((call.requestBytes + call.responseBytes) / (512 * KB));

/** Lambda: an event of an asynchronous invocation is one request up to 256 KB, and one more for each 64 KB beyond. */
export const extraEventUnits = (bytes: number): number => Math.max(0, Math.ceil((bytes - 256 * KB) / (64 * KB)));

const atLeastOne = (units: number): number => Math.max(1, Math.ceil(units));
