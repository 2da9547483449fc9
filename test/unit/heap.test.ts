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
  test.each(['256', '511', '1769', '3008'])('of %s MB is marked beside the program', (memoryMb) => {
    expect(collections(memoryMb)).toMatch(/Mark-Compact.*since start of marking/);
  });

  test.each(['512', '1768'])('of %s MB, which has memory and no processor to spare, is marked at once', (memoryMb) => {
    const text = collections(memoryMb);
    expect(text).toMatch(/Mark-Compact/);
    expect(text).not.toContain('since start of marking');
  });
});
