/** BullMQ's flows on a real Redis, with a few settings of its workers, of which the best counts. */
import { installPackages } from './packages.ts';
import { type Program, startProgram } from './program.ts';
import { startRedis } from './redis.ts';
import type { System, Way } from './systems.ts';

const SETTINGS = [
  { processes: 1, concurrency: 10 },
  { processes: 1, concurrency: 50 },
  { processes: 1, concurrency: 200 },
  { processes: 2, concurrency: 50 },
] as const;

export const bullmq: System = {
  rows: ['bullmq'],
  async start() {
    await installPackages();
    const redis = await startRedis();
    const programs: Program[] = [];
    const stop = async () => {
      for (const program of programs) await program.stop();
      await redis.stop();
    };
    try {
      const ways: Way[] = [];
      for (const { processes, concurrency } of SETTINGS) {
        const program = await startProgram('bullmq-caller.mjs', [redis.url, String(processes), String(concurrency)]);
        programs.push(program);
        const setting = `${program.about}, ${processes} × ${concurrency} at a time`;
        ways.push({ row: 'bullmq', tasksPerMessage: null, setting, time: program.time });
      }
      return { ways, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  },
};
