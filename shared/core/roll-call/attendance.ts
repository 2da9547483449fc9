/**
 * Who is there, by the answers that came. Answers come twice, in any order and company, and one instance may say two things:
 * whoever reads them comes to the same list, since of each instance the answer that was received first counts.
 */
import { wireBytes } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { type Census, memberIn, missedInARow } from './census.ts';
import { type Asked, type Instance, memberName, type RollAnswer, type RollCall } from './roll-call.ts';

/** An instance that answered, and how long after it was asked its answer was there, in ms. */
export interface PresentInstance extends Instance {
  readonly answeredAfterMs: number;
}

/** Who was expected and did not answer: a service, or one of its instances. */
export interface AbsentMember {
  readonly service: string;
  readonly instanceId?: string;
  /** Where the census knows it: when it last answered, and how many calls in a row it has not, this one included. */
  readonly lastSeenAt?: number;
  readonly missedInARow?: number;
}

export interface Attendance {
  /** By when they answered. No more than `LIMITS.instancesShown`, and `LIMITS.aggregateBytes` of them. */
  readonly present: readonly PresentInstance[];
  /** Instances that answered and are not in that list. */
  readonly presentNotShown: number;
  readonly absent: readonly AbsentMember[];
  /** `complete` when nobody is absent and the minimum has answered. */
  readonly status: 'complete' | 'partial';
}

/** One answer an instance, of those that were asked: the earliest received; of two at once the one whose text comes first. */
export function firstAnswers(answers: Iterable<RollAnswer>, { services }: Pick<Asked, 'services'>): RollAnswer[] {
  const asked = services && new Set(services);
  const first = new Map<string, RollAnswer>();
  for (const answer of answers) {
    if (asked && !asked.has(answer.service)) continue;
    const name = memberName(answer);
    const known = first.get(name);
    if (!known || isBefore(answer, known)) first.set(name, answer);
  }
  return [...first.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

function isBefore(a: RollAnswer, b: RollAnswer): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt < b.receivedAt;
  return textOf(a) < textOf(b);
}

/** One text for all that an answer says. Members of metadata keep the order they came in: another order is another text. */
const textOf = ({ service, instanceId, version, address, metadata }: Instance): string =>
  JSON.stringify([service, instanceId, version ?? null, address ?? null, metadata ?? null]);

/** A member that a name stands for: a service, or one of its instances. */
export function memberOf(name: string): AbsentMember {
  const [service = '', instanceId] = name.split('/');
  return instanceId === undefined ? { service } : { service, instanceId };
}

/** Those of the expected members that none of the answers is of. */
export function missing(expected: readonly string[], answers: readonly RollAnswer[]): string[] {
  const there = new Set(answers.flatMap((answer) => [answer.service, memberName(answer)]));
  return expected.filter((name) => !there.has(name));
}

/** Answers that are still needed at least before a roll-call may end early; 0 when it may. */
export function stillNeeded(
  expected: readonly string[],
  { minimum = 0 }: Pick<Asked, 'minimum'>,
  answers: readonly RollAnswer[],
): number {
  const names = [...new Set(missing(expected, answers))].map(memberOf);
  const instances = names.filter(({ instanceId }) => instanceId !== undefined);
  // An instance's answer is one of its service too.
  const covered = new Set(instances.map(({ service }) => service));
  const services = names.filter(({ service, instanceId }) => instanceId === undefined && !covered.has(service));
  return Math.max(instances.length + services.length, minimum - answers.length, 0);
}

/** How a roll-call ended whose members `expected` were to answer; `censuses` are what was known of them. */
export function attendanceOf(
  { askedAt, minimum = 0 }: Pick<RollCall, 'askedAt' | 'minimum'>,
  expected: readonly string[],
  answers: readonly RollAnswer[],
  censuses: readonly Census[] = [],
): Attendance {
  const absent = missing(expected, answers).map((name) => withPast(memberOf(name), censuses));
  const present = shown(answers).map(({ receivedAt, ...instance }) => ({
    ...instance,
    answeredAfterMs: Math.max(0, receivedAt - askedAt),
  }));
  return {
    present,
    presentNotShown: answers.length - present.length,
    absent,
    status: absent.length === 0 && answers.length >= minimum ? 'complete' : 'partial',
  };
}

function withPast(absent: AbsentMember, censuses: readonly Census[]): AbsentMember {
  const { service, instanceId } = absent;
  const member = instanceId === undefined ? undefined : memberIn(censuses, service, instanceId);
  return member ? { ...absent, lastSeenAt: member.seenAt, missedInARow: missedInARow(member) + 1 } : absent;
}

/** As many answers as there is room for, the first ones. */
function shown(answers: readonly RollAnswer[]): RollAnswer[] {
  let room: number = LIMITS.aggregateBytes;
  const fit = answers.slice(0, LIMITS.instancesShown).findIndex((answer) => {
    room -= wireBytes(answer) + 1;
    return room < 0;
  });
  return answers.slice(0, fit < 0 ? LIMITS.instancesShown : fit);
}
