/** The simulator's command: what it reports, what it refuses, and what it says of a rule that was broken on purpose. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'simulation/main.ts');

describe('the command', () => {
  it('reports schedules as JSON', () => {
    const out = execFileSync('node', [main, '--seed', '5', '--schedules', '3', '--json'], { encoding: 'utf8' });
    expect(JSON.parse(out)).toMatchObject({ schedules: 3, broken: [] });
  });

  it.each(['on', 'off'])('reports a series as JSON, hedging %s', (hedging) => {
    const options = ['--scenario', 'stragglers', '--requests', '3', '--hedging', hedging, '--json'];
    const out = execFileSync('node', [main, ...options], { encoding: 'utf8' });
    expect(JSON.parse(out)).toMatchObject({
      scenario: 'stragglers',
      requests: 3,
      hedging: hedging === 'on',
      broken: [],
    });
  });

  it.each([
    [['--sede']],
    [['--schedules', 'many']],
    [['--schedules', '0']],
    [['--scenario', 'calm']],
    [['--scenario', 'slow', '--schedules', '3']],
    [['--requests', '3']],
    [['--scenario', 'slow', '--hedging', 'perhaps']],
  ])('refuses %s', (options) => {
    const { status, stderr } = spawnSync('node', [main, ...options], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('usage:');
  });
});

describe('the command over code with a rule broken', () => {
  const copies: string[] = [];
  afterAll(() => {
    for (const copy of copies) rmSync(copy, { recursive: true });
  });

  /** A copy of the code in which a text is another one. */
  function broken(file: string, rule: string, instead: string): string {
    const copy = mkdtempSync(join(tmpdir(), 'fanfold-broken-'));
    copies.push(copy);
    for (const room of ['simulation', 'shared', 'functions'])
      cpSync(join(root, room), join(copy, room), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const source = readFileSync(join(copy, file), 'utf8');
    expect(source).toContain(rule);
    writeFileSync(join(copy, file), source.replace(rule, instead));
    return copy;
  }

  const command = (cwd: string, options: readonly string[]) =>
    spawnSync('node', ['simulation/main.ts', ...options], { cwd, encoding: 'utf8' });

  it('says the seed of a schedule that shows it, and how to replay it, and exits with 1', () => {
    const store = 'simulation/ports/memory-store/marking.ts';
    const copy = broken(store, '|| tally.resultsToken !== resultsToken) return', ') return');
    const { status, stderr, stdout } = command(copy, ['--schedules', '60', '--json']);
    expect(status).toBe(1);
    const [, replay = ''] = /^Replay: npm run simulate -- (.*)$/m.exec(stderr) ?? [];
    const [, told = ''] = /^(seed \d+: .*)$/m.exec(stderr) ?? [];
    expect(JSON.parse(stdout).broken[0]).toMatchObject({ seed: Number(/^seed (\d+)/.exec(told)?.[1]) });
    const again = command(copy, replay.split(' '));
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(told);
  });

  it('says of a series that its budget was exceeded, and exits with 1', () => {
    const copy = broken('shared/core/hedge.ts', 'Math.max(1, Math.ceil(budget * expected)) - hedged', 'expected');
    writeFileSync(
      join(copy, 'shared/core/hedge.ts'),
      readFileSync(join(copy, 'shared/core/hedge.ts'), 'utf8').replace('Math.floor(budget * (', '1e9 + (('),
    );
    const options = ['--scenario', 'slow', '--seed', '3', '--requests', '80'];
    const { status, stderr } = command(copy, options);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^seed 3: \d+ copies were sent; the budget has 400$/m);
    expect(stderr).toContain(`Replay: npm run simulate -- ${options.join(' ')} --hedging on --leaf-ms 200`);
  });
});
