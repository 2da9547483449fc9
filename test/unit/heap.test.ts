import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

/** Fills a heap that grows, and says what V8 did. */
const FILL = `
await import('./shared/aws/heap.ts');
const kept = [];
for (let turn = 0; turn < 400; turn++) {
  kept.push(Array.from({ length: 5_000 }, (_, index) => ({ index })));
  await new Promise((resolve) => setImmediate(resolve));
}
`;

const collections = (memoryMb: string): string =>
  spawnSync(process.execPath, ['--trace-gc', '--max-old-space-size=200', '--input-type=module', '--eval', FILL], {
    env: { ...process.env, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryMb },
    encoding: 'utf8',
  }).stdout;

describe('the heap of a function', () => {
  test('is marked beside the program where there is a processor for that', () => {
    expect(collections('1769')).toMatch(/Mark-Compact.*since start of marking/);
  });

  test('is marked at once where there is none', () => {
    const text = collections('1768');
    expect(text).toContain('Scavenge');
    expect(text).not.toContain('since start of marking');
  });
});
