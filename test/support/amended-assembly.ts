/** Copies of an assembly in which one thing is other than it is shipped, for what would take too long, or never happen, as shipped. */
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function amended(assembly: string, name: string, amend: (template: string) => string): string {
  const copy = `${assembly}-${name}`;
  cpSync(assembly, copy, { recursive: true });
  for (const file of globSync('*.template.json', { cwd: copy })) {
    const path = join(copy, file);
    writeFileSync(path, amend(readFileSync(path, 'utf8')));
  }
  return copy;
}

/**
 * The same assembly with every queue's visibility at `seconds`: what a dead function held comes back that soon, and as
 * often as it takes, since a test kills more, and a busy machine is slower, than five receives allow for.
 */
export const withVisibility = (assembly: string, seconds: number): string =>
  amended(assembly, `visibility-${seconds}`, (template) =>
    template
      .replaceAll(/"VisibilityTimeout": \d+/g, `"VisibilityTimeout": ${seconds}`)
      .replaceAll(/"maxReceiveCount": \d+/g, '"maxReceiveCount": 100'),
  );

/** The same assembly with `memoryMb` for every function: one whose memory grew with a request would die of it. */
export const withMemory = (assembly: string, memoryMb: number): string =>
  amended(assembly, `memory-${memoryMb}`, (template) =>
    template.replaceAll(/"MemorySize": \d+/g, `"MemorySize": ${memoryMb}`),
  );
