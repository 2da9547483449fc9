import { rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '../../../local/cloud.ts';
import type { CloudEvent } from '../../../local/events.ts';
import { type TemplateBody, writeAssembly } from './assembly.ts';

export interface TestCloud extends Cloud {
  readonly folder: string;
  /** Everything that has happened. */
  readonly events: readonly CloudEvent[];
  /** The first thing, past or future, that `picks` makes something of. */
  seen<Picked>(picks: (event: CloudEvent) => Picked | undefined): Promise<Picked>;
}

/** A cloud that runs `template` until `close`. */
export async function startTestCloud(template: TemplateBody, options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const folder = writeAssembly(template);
  const events: CloudEvent[] = [];
  const cloud = await startCloud({
    source: { assembly: folder },
    port: 0,
    ...options,
    onEvent: (event) => events.push(event),
  });
  const seen = <Picked>(picks: (event: CloudEvent) => Picked | undefined) => {
    const past = events.map(picks).find((picked) => picked !== undefined);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise<Picked>((resolve) => {
      const stop = cloud.listen((event) => {
        const picked = picks(event);
        if (picked === undefined) return;
        stop();
        resolve(picked);
      });
    });
  };
  const close = async () => {
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return Object.assign(Object.create(cloud, {}), { folder, events, seen, close });
}

/** A cloud for one test, closed when that is over. */
export async function cloudForTest(template: TemplateBody, options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const cloud = await startTestCloud(template, options);
  onTestFinished(() => cloud.close());
  return cloud;
}

/** The records a function was given, if that is what it has just written down. */
export function recordsIn<Record>(event: CloudEvent, functionName: string): Record[] | undefined {
  if (event.kind !== 'log' || event.functionId !== functionName || event.stream !== 'stdout') return undefined;
  const line: { records?: Record[] } = JSON.parse(event.line);
  return line.records;
}
