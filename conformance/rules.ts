/** What a leaf keeps to, each rule by its name. Pure: from what was sent and what came back to what is wrong. */
import { isDeepStrictEqual } from 'node:util';
import type { EnvelopeTask, LeafResult, ResultsEnvelope, TaskEnvelope } from '../shared/core/envelope.ts';
import { messageOf } from '../shared/core/errors.ts';
import { wireBytes } from '../shared/core/json.ts';
import { LIMITS, SQS_MESSAGE_BYTES } from '../shared/core/limits.ts';
import { parseResultsEnvelope } from '../shared/core/parse-envelope.ts';
import type { Answer } from './leaf.ts';

export type Rule =
  | 'answers'
  | 'envelope'
  | 'header'
  | 'hops'
  | 'tasks'
  | 'attempt'
  | 'label'
  | 'hedge'
  | 'retry'
  | 'size'
  | 'deadline'
  | 'claims'
  | 'errors'
  | 'unknown-members'
  | 'survives'
  | 'token'
  | 'roll-call';

export interface Breach {
  readonly rule: Rule;
  readonly what: string;
}

/** Answers that are envelopes, and what is wrong with those that are none. */
export function readAnswers(answers: readonly Answer[]): {
  readonly read: ResultsEnvelope[];
  readonly breaches: Breach[];
} {
  const read: ResultsEnvelope[] = [];
  const breaches: Breach[] = [];
  for (const { body, over } of answers) {
    if (Buffer.byteLength(body) > SQS_MESSAGE_BYTES) breaches.push(breach('size', 'a message is over 1 MiB'));
    try {
      const envelope = parseResultsEnvelope(JSON.parse(body));
      read.push(envelope);
      if (over) breaches.push(...wrongCall(envelope, over));
    } catch (error) {
      breaches.push(breach('envelope', `an answer is no results envelope: ${messageOf(error, 200)}`));
    }
  }
  return { read, breaches };
}

export const breach = (rule: Rule, what: string): Breach => ({ rule, what });

function wrongCall(
  { requestId, resultsToken }: ResultsEnvelope,
  { path, token }: NonNullable<Answer['over']>,
): Breach[] {
  const expected = `/v1/requests/${requestId}/results`;
  return [
    ...(path === expected ? [] : [breach('token', `it was sent to ${path}, not to ${expected}`)]),
    ...(token === resultsToken ? [] : [breach('token', 'Authorization is not Bearer and the results token')]),
  ];
}

/** Header members that a results envelope echoes. */
const ECHOED = [
  ...(['requestId', 'job', 'jobVersion', 'leaf', 'expected', 'shardSize', 'acceptedAt', 'deadlineAt'] as const),
  ...(['expiresAt', 'resultsToken', 'traceparent', 'graceMs', 'publishedAt', 'values'] as const),
];

/** What is wrong with the answers to one envelope, each of whose tasks is to be answered once. */
export function breachesOf(sent: TaskEnvelope, answers: readonly ResultsEnvelope[]): Breach[] {
  const results = answers.flatMap((answer) => answer.results);
  return [
    ...answers.flatMap((answer) => headerBreaches(sent, answer)),
    ...missing(sent, results),
    ...results.flatMap((result) => resultBreaches(sent, result)),
  ];
}

function headerBreaches(sent: TaskEnvelope, answer: ResultsEnvelope): Breach[] {
  const changed = ECHOED.filter((name) => !isDeepStrictEqual(answer[name], sent[name]));
  return [
    ...changed.map((name) => breach('header', `${name} is ${shown(answer[name])}, and was ${shown(sent[name])}`)),
    ...(answer.hops === sent.hops + 1
      ? []
      : [breach('hops', `hops is ${answer.hops}, not one more than ${sent.hops}`)]),
  ];
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'not there').slice(0, 80);

function missing({ tasks }: TaskEnvelope, results: readonly LeafResult[]): Breach[] {
  const answered = Map.groupBy(results, (result) => result.taskIndex);
  return tasks.flatMap(({ taskIndex }) => {
    const times = answered.get(taskIndex)?.length ?? 0;
    if (times === 1) return [];
    return [breach(times === 0 ? 'answers' : 'tasks', `task ${taskIndex} was answered ${times} times`)];
  });
}

function resultBreaches(sent: TaskEnvelope, result: LeafResult): Breach[] {
  const task = sent.tasks.find(({ taskIndex }) => taskIndex === result.taskIndex);
  if (!task) return [breach('tasks', `task ${result.taskIndex} was answered, and not handed out`)];
  const { attempt, label, hedge } = result;
  return [
    ...(attempt === sent.attempt ? [] : [breach('attempt', `attempt is ${attempt}, and was ${sent.attempt}`)]),
    ...(label === task.label ? [] : [breach('label', `label is ${shown(label)}, and was ${shown(task.label)}`)]),
    ...(hedge === sent.hedge ? [] : [breach('hedge', `hedge is ${shown(hedge)}, and was ${shown(sent.hedge)}`)]),
    ...retryBreaches(task, result),
    ...('value' in result && wireBytes(result.value) > LIMITS.valueBytes
      ? [breach('size', 'a value is over 200 KiB')]
      : []),
  ];
}

/** A failure that may be tried again carries what the next attempt needs. */
function retryBreaches(task: EnvelopeTask, result: LeafResult): Breach[] {
  if (!('error' in result) || !result.error.retryable) return [];
  const echoes = isDeepStrictEqual(result.payload, task.payload) && isDeepStrictEqual(result.claim, task.claim);
  if (echoes) return [];
  return [breach('retry', 'the payload, or the claim, of a retryable failure is not echoed: it would be final')];
}
