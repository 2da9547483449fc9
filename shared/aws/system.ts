/** Time and chance as the functions have them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids, Timers } from '../core/ports/runtime.ts';

export const systemClock: Clock = { now: Date.now, sleep: (ms) => sleep(ms) };

export const systemTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** 122 and 144 random bits; 72 where nobody gains by guessing. */
export const systemIds: Ids = {
  requestId: randomUUID,
  resultsToken: () => randomBytes(18).toString('base64url'),
  chunkId: () => randomBytes(9).toString('base64url'),
  leaseId: () => randomBytes(9).toString('base64url'),
};
