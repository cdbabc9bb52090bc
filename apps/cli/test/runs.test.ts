import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { liveLine, runLine } from '../src/progress-line.js';
import { feedalign, linesOf, temporaryFolder } from './support.js';

const folder = temporaryFolder();
type Line = Record<string, unknown>;

describe('the defaults of the drawn datasets', () => {
  it.each(['blobs', 'spirals'])('%s: bp, fa and dfa come to 0.95 with three seeds', async (dataset) => {
    const words = ['compare', '--dataset', dataset, '--rules', 'bp,fa,dfa', '--seeds', '3', '--json'];
    const runs = linesOf(await feedalign(...words)).filter(({ type }) => type === 'run');
    expect(runs.map(({ rule, seed }) => `${rule} ${seed}`)).toHaveLength(9);
    for (const { rule, seed, testAccuracy } of runs)
      expect(testAccuracy, `${rule}, seed ${seed}`).toBeGreaterThanOrEqual(0.95);
  });
});

describe('compare with seeds', () => {
  it('has the mean and the standard deviation of the runs, each of which is saved', async () => {
    const out = join(folder, 'seeds');
    const words = ['compare', '--dataset', 'spirals', '--rules', 'bp,dfa', '--seeds', '3', '--epochs', '9'];
    const [lines, { stdout }] = await Promise.all([
      feedalign(...words, '--json', '--out', out).then(linesOf),
      feedalign(...words),
    ]);
    const last = lines.at(-1) as { testAccuracy: { mean: number; deviation: number } };
    const runs = lines.filter(({ type, rule }) => type === 'run' && rule === 'dfa') as {
      testAccuracy: number;
    }[];
    const [a, b, c] = runs.map(({ testAccuracy }) => testAccuracy);
    const mean = (a + b + c) / 3;
    const deviation = Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2);
    expect(last).toMatchObject({ type: 'result', rule: 'dfa', seeds: [1, 2, 3] });
    expect(last.testAccuracy.mean).toBeCloseTo(mean, 10);
    expect(last.testAccuracy.deviation).toBeCloseTo(deviation, 10);
    expect(stdout).toContain(`${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)}%`);
    expect(existsSync(join(out, 'dfa', 'seed-3', 'model.json'))).toBe(true);
  });
});

describe('--patience', () => {
  it('ends early, with the model of the best epoch', async () => {
    const words = ['train', '--dataset', 'spirals', '--rule', 'bp', '--patience', '2', '--json'];
    const lines = linesOf(await feedalign(...words));
    const losses = lines
      .filter(({ type }) => type === 'epoch')
      .map(({ validationLoss }) => validationLoss as number);
    const { epochs, bestEpoch, validationAccuracy } = lines.at(-1) as Record<string, number>;
    expect(epochs).toBeLessThan(200);
    expect(losses).toHaveLength(epochs);
    expect(bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(epochs - bestEpoch).toBe(2);
    const best = lines.find(({ type, epoch }) => type === 'epoch' && epoch === bestEpoch) as Line;
    expect(validationAccuracy).toBe(best.validationAccuracy);
  });
});

describe('--model with a path', () => {
  it('trains on what train has saved, each rule from the same weights', async () => {
    const out = join(folder, 'saved');
    await feedalign('train', '--dataset', 'blobs', '--rule', 'bp', '--out', out);
    const model = join(out, 'bp', 'model.json');
    const words = ['--dataset', 'blobs', '--model', model, '--epochs', '1', '--lr', '1e-12', '--json'];
    const lines = linesOf(await feedalign('compare', '--rules', 'bp,dfa', ...words));
    const results = lines.filter(({ type }) => type === 'result');
    const before = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')).runs[0].result;
    // At such a rate nothing is learned: what is tested is what the file has.
    for (const result of results) expect(result).toMatchObject({ testAccuracy: before.testAccuracy, model });
    expect(results).toHaveLength(2);
  });

  it('takes what Keras saved, and says in one line when it is not for the data', async () => {
    const archive = new URL('../../../packages/keras/fixtures/keras3.zip', import.meta.url);
    const file = join(folder, 'digits.keras');
    writeFileSync(file, unzipSync(new Uint8Array(readFileSync(archive)))['digits/model.keras']);
    const { code, stdout, stderr } = await feedalign('train', '--model', file, '--limit', '10');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^feedalign: .*14.*28.*\n$/);
  });
});

describe('a live line', () => {
  it('fits any terminal: words go from its end, and none is cut', () => {
    const run = { rule: 'dfa', epochs: 5, stepsPerEpoch: 100, batchSize: 64 };
    const said = { ...run, accuracy: 0.912, examplesPerSecond: 24_100 };
    expect(runLine(150, said, 39)).toBe('dfa     ███░░░░░░░░ 2/5  91.2%  1s left');
    expect(runLine(150, said, 18)).toBe('dfa     2/5  91.2%');
    for (let width = 12; width < 120; width++)
      expect(runLine(150, said, width).length).toBeLessThanOrEqual(width);
    expect(liveLine('bp', 0.5, ['12/45', 'mnist', '80s left'], 16)).toBe('bp 12/45  mnist');
  });
});

describe('the command as it was called', () => {
  it('is in the help and in what reproduce writes', async () => {
    process.env.FEEDALIGN_COMMAND = 'npm run -s feedalign --';
    try {
      expect((await feedalign('train', '--help')).stdout).toContain(
        'Example:\n  npm run -s feedalign -- train ',
      );
      const lines = linesOf(await feedalign('reproduce', 'B2', '--seeds', '1', '--json'));
      expect(lines.at(-1)?.command).toBe(
        'npm run -s feedalign -- reproduce B2 --quick --seeds 1 --backend auto',
      );
    } finally {
      delete process.env.FEEDALIGN_COMMAND;
    }
  });
});
