import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BadOption, readOptions } from '../../planning/options.ts';
import { report } from '../../planning/report.ts';
import { plan } from '../../shared/core/plan/plan.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'fanfold-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/plan.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function reported(...args: string[]): string {
  const options = readOptions(args);
  return report(plan(options.question), options);
}

describe('npm run plan', () => {
  it('answers first, then draws, and says what binds, the price and what it assumed', () => {
    const { status, stdout, stderr } = run('--work-ms', '64000', '--overhead-ms', '10', '--request-ms', '100');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const order = ['80 tasks, one a message, all must answer', '◆ 80: p99 1.7 s', 'What binds', 'Price', 'Assumed'];
    expect(order.map((part) => stdout.indexOf(part)).toSorted((a, b) => a - b)).toEqual(
      order.map((part) => stdout.indexOf(part)),
    );
    expect(stdout.indexOf(order[0] ?? '')).toBe(0);
  });

  it('keeps to 120 columns', () => {
    const text = reported(
      '--leaf-ms',
      'stragglers:200,0.01,4000',
      '--tasks',
      '300',
      '--availability',
      '0.999',
      '--target',
      '0.97',
      '--deadline-ms',
      '5000',
    );
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  });

  it('says how many roots carry a load, and what takes so many, if it is asked', () => {
    const load = ['--tasks', '10', '--leaf-ms', '100', '--requests-per-second', '40'];
    const text = reported(...load, '--root-message-ms', '1', '--root-request-ms', '5', '--root-task-ms', '0');
    expect(text).toContain('Roots\n  2 roots for 40 requests a second, of which 1 may be missing\n');
    expect(text).toContain('0.6 processors busy, of which a root has one and should use 60 %\n  (X·S ÷ utilization');
    expect(reported(...load, '--root-spare', '0', '--root-calls', '2')).toMatch(
      /4 roots for 40 requests a second\n.*\n.*calls under way, of which a root has 2 at most\n {2}\(X·W ÷ calls/,
    );
    expect(reported('--tasks', '10', '--leaf-ms', '100')).not.toContain('Roots');
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  });

  it('gives the plan as one JSON document, and draws it into a file', () => {
    const file = join(folder, 'plan.svg');
    const { stdout } = run('--work-ms', '64000', '--tasks', '16', '--json', '--svg', file);
    expect(JSON.parse(stdout)).toMatchObject({ tasks: 16, curve: expect.any(Array), asked: { workMs: 64_000 } });
    const drawing = readFileSync(file, 'utf8');
    expect(drawing).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(drawing).toContain('16 tasks: p99');
    expect(drawing).not.toContain('NaN');
  });

  it('exits 1 where no plan keeps what was asked, and says what is not kept', () => {
    const { status, stdout } = run('--tasks', '10', '--leaf-ms', '5000', '--deadline-ms', '4000');
    expect(status).toBe(1);
    expect(stdout).toContain('NOT KEPT: the deadline of 4 s; the p99 is ');
  });

  it.each([
    [['--taks', '5'], "Unknown option '--taks'; npm run plan -- --help names all options"],
    [['5'], "Unexpected argument '5'"],
    [['--tasks', '0'], '--tasks takes a whole number from 1 to 1000000, not "0"'],
    [['--tasks', '1.5'], '--tasks takes a whole number from 1 to 1000000, not "1.5"'],
    [['--work-ms', 'much'], '--work-ms takes a number from 1 to 604800000, not "much"'],
    [['--work-ms', ''], '--work-ms takes a number from 1 to 604800000, not ""'],
    [['--target', '1'], '--target takes a number from 0.001 to 0.999999999, not "1"'],
    [['--availability', '.'], '--availability takes a number from 0.001 to 1, not "."'],
    [['--delivery', 'pigeon'], '--delivery takes direct or queue, not "pigeon"'],
    [['--root-calls', '5'], '--root-calls is for --requests-per-second'],
    [['--requests-per-second', '0'], '--requests-per-second takes a number from 0.001 to 1000000, not "0"'],
    [['--batch-size', '5'], '--batch-size is for --delivery queue'],
    [['--leaf-ms', 'lognormal:900,200'], '--leaf-ms takes ms above 0, lognormal:p50,p99, '],
    [['--leaf-ms', 'quantiles:0.9=5,0.5=9'], '--leaf-ms takes'],
    [['--leaf-ms=-5'], '--leaf-ms takes'],
    [['--leaf-ms', '-5'], "Option '--leaf-ms' argument is ambiguous; npm"],
  ])('refuses %j in one line', (args, message) => {
    expect(() => readOptions(args)).toThrow(BadOption);
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).not.toThrow('\n');
  });

  it.each([
    [['--tasks', '0'], '--tasks takes'],
    [['--svg', '/nowhere/at/all.svg'], '--svg cannot be written: '],
  ])('exits 2 for %j', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`plan: ${message}`);
  });

  it('helps', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of ['--work-ms', '--leaf-ms', '--availability', '--svg']) expect(stdout).toContain(option);
  });
});
