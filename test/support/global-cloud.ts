/**
 * Before the suites that need a running stack: one synthesis for all of them, and one local cloud for those that talk
 * HTTP alone, unless `FANFOLD_API_URL` names another target.
 */
import type { TestProject } from 'vitest/node';
import { startCloud } from '../../local/cloud.ts';
import { synthesizeFixture } from './fixture-project.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly apiUrl: string;
    readonly assembly: string;
  }
}

/** What only a test may want: `fetch-all` reaches servers of this machine. */
const FETCHES_HERE = { 'fetch-all:hosts': 'localhost:*', 'fetch-all:addresses': 'any' };

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.FANFOLD_API_URL) return undefined;
  const fixture = await synthesizeFixture(FETCHES_HERE);
  const cloud = await startCloud({ source: { assembly: fixture.assembly }, port: 0 });
  project.provide('apiUrl', cloud.url);
  project.provide('assembly', fixture.assembly);
  return async () => {
    await cloud.close();
    fixture.remove();
  };
}
