import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedalign, linesOf, start, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const small = ['--dataset', 'spirals', '--model', 'mlp:16,8', '--batch', '32'];
const short = [...small, '--epochs', '2'];
const endless = [...small, '--epochs', '1000000'];

/** A process of the command line, once it has printed such a text. */
async function startedUntil(text: string, ...args: string[]) {
  const { child, finished } = start(args);
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (printed) => `${printed}`.includes(text) && resolve());
    child.on('close', () => resolve());
  });
  return { child, finished };
}

describe('--out', () => {
  it('keeps another run, unless it is told to write over it', async () => {
    const out = join(folder, 'twice');
    mkdirSync(out);
    writeFileSync(join(out, 'results.json'), 'of another run');
    const refused = await feedalign('train', ...short, '--out', out);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `feedalign: --out: the folder '${out}' has the results.json of another run. Give another one with --out, or write over it with --force.\n`,
    );
    expect(readdirSync(out)).toEqual(['results.json']);
    expect(readFileSync(join(out, 'results.json'), 'utf8')).toBe('of another run');
    const forced = await feedalign('train', ...short, '--out', out, '--force');
    expect(forced.code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['dfa', 'figure.png', 'figure.svg', 'results.json']);
    expect(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).runs).toHaveLength(1);
  });

  it('is one run’s at a time, with --force too, and free again when that was killed', async () => {
    const out = join(folder, 'shared');
    const first = await startedUntil('"type":"start"', 'train', ...endless, '--json', '--out', out);
    const second = await feedalign('train', ...short, '--out', out, '--force');
    expect(second).toMatchObject({ code: 2, stdout: '' });
    expect(second.stderr).toMatch(/^feedalign: --out: another run is writing into the folder '.+'\. .+\n$/);
    first.child.kill('SIGKILL');
    await first.finished;
    expect(existsSync(join(out, '.feedalign-lock'))).toBe(true);
    expect((await feedalign('train', ...short, '--out', out)).code).toBe(0);
    expect(existsSync(join(out, '.feedalign-lock'))).toBe(false);
  });

  it('believes a lock of another machine', async () => {
    const out = join(folder, 'elsewhere');
    mkdirSync(out);
    writeFileSync(join(out, '.feedalign-lock'), JSON.stringify({ process: 1e9, host: `not-${hostname()}` }));
    const { code, stderr } = await feedalign('train', ...short, '--out', out);
    expect(code).toBe(2);
    expect(stderr).toContain(`delete ${join(out, '.feedalign-lock')}`);
  });

  it('shows the results that it cannot write, and names the file', async () => {
    const out = join(folder, 'taken');
    // A folder where a file should be.
    mkdirSync(join(out, 'figure.svg'), { recursive: true });
    const { code, stdout, stderr } = await feedalign('train', ...short, '--out', out);
    expect(code).toBe(1);
    expect(stdout).toMatch(/│ dfa +│/);
    expect(stderr).toMatch(/^feedalign: '.+figure\.svg' cannot be written \(EISDIR: it is a folder\)\..+\n$/);
    // The rest is there, and whole; nothing half written is left.
    expect(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).runs).toHaveLength(1);
    expect(readdirSync(out).sort()).toEqual(['dfa', 'figure.png', 'figure.svg', 'results.json']);
  });
});

describe('what is done when it is ended', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: is shown and written', async (signal, exitCode) => {
    const out = join(folder, signal);
    const words = ['compare', '--rules', 'frozen', '--seeds', '2', ...endless, '--json', '--out', out];
    const { child, finished } = await startedUntil('"type":"epoch"', ...words);
    child.kill(signal);
    const run = await finished;
    expect(run.code).toBe(exitCode);
    expect(run.stderr).toBe('feedalign: interrupted. What was finished is reported above.\n');
    expect(linesOf(run).at(-1)).toMatchObject({ type: 'unfinished', rule: 'frozen', seed: 1 });
    const [saved] = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).runs;
    expect(saved.result.epochs).toBeGreaterThan(0);
    expect(saved.validationAccuracy).toHaveLength(1 + saved.result.epochs);
    expect(existsSync(saved.savedModel)).toBe(true);
  });

  it('a benchmark has the scores that it came to', async () => {
    const out = join(folder, 'benchmark');
    const settings = [
      '--model',
      'mlp:8',
      '--rates',
      '0.1',
      '--seeds',
      '1',
      '--epochs',
      '40',
      '--batch',
      '16',
    ];
    const words = ['benchmark', '--datasets', 'blobs', ...settings, '--json', '--out', out];
    const { child, finished } = await startedUntil('"type":"score"', ...words);
    child.kill('SIGINT');
    const run = await finished;
    expect(run.code).toBe(130);
    const { type, scores } = linesOf(run).at(-1) as { type: string; scores: unknown[] };
    expect(type).toBe('result');
    expect(scores.length).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).scores).toEqual(scores);
  });
});

describe('a stdout that takes nothing', () => {
  it('a reader who has seen enough does not cost the results', async () => {
    const out = join(folder, 'unread');
    const { child, finished } = await startedUntil(
      '"type":"epoch"',
      'train',
      ...endless,
      '--json',
      '--out',
      out,
    );
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(out, 'results.json'))).toBe(true);
  });

  it.runIf(existsSync('/dev/full'))('a full disk is told in one line', async () => {
    for (const words of [['rules'], ['train', '--help'], ['train', ...short]]) {
      const full = openSync('/dev/full', 'w');
      const { code, stderr } = await start(words, undefined, full).finished;
      closeSync(full);
      expect(code).toBe(1);
      expect(stderr).toBe(
        'feedalign: The output cannot be written (ENOSPC: the disk is full). Send it elsewhere, or make room for it.\n',
      );
    }
  });
});
