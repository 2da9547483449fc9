/**
 * The census: which instances of a service have answered roll-calls of late, and how regularly. It is learnt from roll-calls
 * alone, so nobody registers; and what it says decides only how long a roll-call waits, and whom it calls absent.
 */
import { wireBytes } from '../json.ts';
import { CENSUS } from '../limits.ts';
import { answerBy, memberName, type RollAnswer, type RollCall } from './roll-call.ts';

/** What is known of one instance. */
export interface Member {
  /** One bit a roll-call that counted, the latest one lowest: whether it answered. Eight of them. */
  readonly history: number;
  /** When its last answer was received. */
  readonly seenAt: number;
  readonly address?: string;
}

export type Members = ReadonlyMap<string, Member>;

/** One service's instances, by name. `version` counts its changes, from 0 where nothing is kept. */
export interface Census {
  readonly service: string;
  readonly version: number;
  readonly members: Members;
}

/** What a roll-call changes in what is known of one service. */
export interface Lesson {
  readonly census: Census;
  /** Whether it is worth a write. */
  readonly isNews: boolean;
  /** Regular members that have now been absent three times running, each named once. */
  readonly lost: readonly (Member & { readonly instanceId: string })[];
}

export const noCensus = (service: string): Census => ({ service, version: 0, members: new Map() });

const CALLS = 0b1111_1111;
const LAST_THREE = 0b111;
const ones = (bits: number): number => bits.toString(2).replaceAll('0', '').length;

/** Whether an instance usually answers: three or more of its last eight calls, one of the last three among them. */
export const isUsual = ({ history }: Member): boolean => ones(history) >= CENSUS.usualAnswers && !isGone({ history });

/** Whether it has answered none of the last three calls that counted. */
export const isGone = ({ history }: Pick<Member, 'history'>): boolean => (history & LAST_THREE) === 0;

/** Calls in a row that it has not answered. */
export const missedInARow = ({ history }: Member): number => (history === 0 ? 8 : 31 - Math.clz32(history & -history));

/** The names of all that usually answer. */
export const usualMembers = (censuses: readonly Census[]): string[] =>
  censuses.flatMap(({ service, members }) =>
    [...members].filter(([, member]) => isUsual(member)).map(([instanceId]) => memberName({ service, instanceId })),
  );

/** Who is to answer a roll-call: whom its caller expects, or else those who usually do. */
export const expectedOf = ({ expected }: Pick<RollCall, 'expected'>, censuses: readonly Census[]): readonly string[] =>
  expected ?? usualMembers(censuses);

/** What is known of an instance. */
export const memberIn = (censuses: readonly Census[], service: string, instanceId: string): Member | undefined =>
  censuses.find((census) => census.service === service)?.members.get(instanceId);

/**
 * Whether an absence in this roll-call says anything: it waited for its whole window, and that was a second or more. So nobody can
 * make others look absent by asking briefly, and who is slower than all others is not counted absent where those have ended a call.
 */
const countsAbsences = (rollCall: RollCall): boolean =>
  rollCall.windowMs >= CENSUS.countedWindowMs && (rollCall.closedAt ?? 0) >= answerBy(rollCall);

/** What a roll-call that is closed teaches of a service, whose instances gave `answers`. */
export function lessonOf(rollCall: RollCall, known: Census, answers: readonly RollAnswer[]): Lesson {
  const now = rollCall.closedAt ?? answerBy(rollCall);
  const counts = countsAbsences(rollCall);
  const heard = new Map(answers.map((answer) => [answer.instanceId, answer]));
  const older = [...known.members].map(([instanceId, member]): [string, Member] => {
    const answer = heard.get(instanceId);
    if (answer) return [instanceId, answered(answer, member.history)];
    return [instanceId, counts ? { ...member, history: (member.history << 1) & CALLS } : member];
  });
  const newer = answers
    .filter(({ instanceId }) => !known.members.has(instanceId))
    .map((answer): [string, Member] => [answer.instanceId, answered(answer, 0)]);
  const members = new Map(remembered([...older, ...newer], now));
  return {
    census: { ...known, version: known.version + 1, members },
    isNews: isNews(known.members, members),
    lost: counts
      ? older.filter(([, member]) => isLost(member)).map(([instanceId, member]) => ({ instanceId, ...member }))
      : [],
  };
}

const answered = ({ address, receivedAt }: RollAnswer, history: number): Member => ({
  history: ((history << 1) | 1) & CALLS,
  seenAt: receivedAt,
  ...(address === undefined ? {} : { address }),
});

/** It has just missed its third call, and answered three of the five before. */
const isLost = ({ history }: Member): boolean =>
  isGone({ history }) && (history & 0b1000) !== 0 && ones(history) >= CENSUS.usualAnswers;

/** Those that are not long gone, the last seen ones if there is no room for all. */
function remembered(members: readonly [string, Member][], now: number): [string, Member][] {
  const known = members
    .filter(([, { history, seenAt }]) => history !== 0 && now - seenAt <= CENSUS.forgetAfterMs)
    .sort(([a, { seenAt: left }], [b, { seenAt: right }]) => right - left || (a < b ? -1 : 1))
    .slice(0, CENSUS.instances);
  let room: number = CENSUS.bytes;
  const fit = known.findIndex((entry) => {
    room -= wireBytes(entry) + 1;
    return room < 0;
  });
  return fit < 0 ? known : known.slice(0, fit);
}

/** Who always answers is written down once in a while only; so a fleet that is as it was costs next to nothing. */
function isNews(before: Members, after: Members): boolean {
  if (before.size !== after.size) return true;
  return [...after].some(([instanceId, { history, seenAt, address }]) => {
    const known = before.get(instanceId);
    return known?.history !== history || known.address !== address || seenAt - known.seenAt >= CENSUS.staleAfterMs;
  });
}
