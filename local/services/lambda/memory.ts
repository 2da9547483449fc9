/**
 * A function's memory beyond V8's heap: Buffers and whatever else its process holds. Lambda counts all of it; here it is
 * looked up a few times a second where the system tells (`/proc`, Linux), and not at all elsewhere.
 */
import { readFileSync } from 'node:fs';

const LOOK_MS = 100;
const PAGE_BYTES = 4_096;
/** Node itself, which Lambda's own accounting sees less of. */
const ALLOWANCE_BYTES = 128 * 1024 * 1024;

/** Calls `exceeded` once the process holds more than `memoryMb`; the returned function ends that. */
export function watchMemory(pid: number | undefined, memoryMb: number, exceeded: () => void): () => void {
  const limit = memoryMb * 1024 * 1024 + ALLOWANCE_BYTES;
  const timer = setInterval(() => {
    if (residentBytes(pid) > limit) exceeded();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
