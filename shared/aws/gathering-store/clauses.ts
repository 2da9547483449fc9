/**
 * Every clause of a conditional write to the gatherings table:
 *
 *   open ──────────────► closing ─────► closed        marks: while not sealed, with the request's token
 *        scattered, or            once                looks: moved only from where they were
 *        deadline/cancel/error                        tells: each shard once
 *                                                      versions: one after another, once closed
 */
export const exists = 'attribute_exists(pk)';
export const notSealed = 'attribute_not_exists(sealedAt)';
export const tokenIsOurs = 'resultsToken = :resultsToken';
export const isOpen = '#state = :open';
export const isUnmarked = 'arrived = :none';
export const agreesWithHeader = 'job = :job AND expected = :expected AND shardSize = :shardSize';
export const notClosed = '#state <> :closed';
export const isClosing = '#state = :closing';
export const isClosed = '#state = :closed';
export const versionIsBefore = 'version = :before';
export const wasScattered = 'attribute_exists(scatteredAt)';
export const notLeased = 'attribute_not_exists(leasedUntil) OR leasedUntil < :now';
export const leaseIsOurs = 'leasedBy = :holder';
export const notHedged = 'attribute_not_exists(copies)';
export const hedgesKnown = 'copies = :known';
export const notCarried = 'attribute_not_exists(carriedAt)';
export const carryIsOurs = 'carriedAt = :at';
export const turnIsFree = 'attribute_not_exists(evaluationTurn) OR evaluationTurn < :turn';
export const turnIsOurs = 'evaluationTurn = :turn AND evaluator = :holder';
export const looksUnmoved = 'lookAt = :lookAt AND failLookAt = :failLookAt';
export const isDue = (mark: string): string => `attribute_exists(${mark})`;
export const STATE = { '#state': 'state' };
