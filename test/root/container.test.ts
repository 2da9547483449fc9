/** The image of a root, as far as it can be made without Docker: from what its Dockerfile copies, and nothing else. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(ROOT, 'root/Dockerfile'), 'utf8');
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
const folder = mkdtempSync(join(tmpdir(), 'fanfold-image-'));
const bundle = join(folder, 'bundle');

const node = (args: readonly string[], cwd: string) =>
  spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: {} });

describe('the image of a root', () => {
  beforeAll(() => {
    for (const path of copied) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('copies what there is, and lets Docker see it', () => {
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const seen = readFileSync(join(ROOT, 'root/Dockerfile.dockerignore'), 'utf8').split('\n');
    expect(seen.filter((line) => line.startsWith('!')).toSorted()).toEqual(copied.map((path) => `!${path}`).toSorted());
  });

  it('is built from that, and runs without any of it', () => {
    expect(node(['scripts/root.ts', '--build', bundle], folder)).toMatchObject({ status: 0, stderr: '' });
    const alone = mkdtempSync(join(tmpdir(), 'fanfold-alone-'));
    cpSync(bundle, alone, { recursive: true });
    try {
      expect(readdirSync(alone).every((file) => file.endsWith('.mjs'))).toBe(true);
      expect(node(['index.mjs', '--help'], alone)).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/--port/),
      });
      expect(node(['index.mjs'], alone)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^root: the environment has no GATHERINGS_TABLE_NAME.*AWS_REGION.*\n$/),
      });
      expect(node(['index.mjs', '--prot', '1'], alone)).toMatchObject({ status: 2 });
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });

  it.each([
    [['--build'], /--build takes one folder/],
    [['--build', 'a', '--port', '1'], /--build takes one folder/],
  ])('is not built with %j', (args, message) => {
    const { status, stderr } = node(['scripts/root.ts', ...args], folder);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
