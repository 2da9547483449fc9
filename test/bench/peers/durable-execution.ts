/** Lambda durable functions: the SDK's `map` on its own local test runner, all in one process. */
import { installPackages } from './packages.ts';
import { type Program, startProgram } from './program.ts';
import type { System, Way } from './systems.ts';

/** The runner waits 100 ms after each execution: its caller waits with it, and the handler has returned before. */
const ROWS = { 'durable-execution': 'caller', 'durable-execution-handler': 'handler' } as const;

export const durableExecution: System = {
  rows: Object.keys(ROWS),
  async start() {
    await installPackages();
    const programs: Program[] = [];
    const ways: Way[] = [];
    const stop = async () => {
      for (const program of programs) await program.stop();
    };
    for (const [row, whose] of Object.entries(ROWS)) {
      const program = await startProgram('durable-execution.mjs', [whose]);
      programs.push(program);
      ways.push({
        row,
        tasksPerMessage: null,
        setting: `${program.about}, until its ${whose} has the answer`,
        time: program.time,
      });
    }
    return { ways, stop };
  },
};
