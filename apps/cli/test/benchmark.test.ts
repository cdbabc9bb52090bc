import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedalign, linesOf, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const small = [
  ...['--datasets', 'spirals,blobs', '--rules', 'bp,frozen', '--model', 'mlp:16,16', '--activation', 'tanh'],
  ...['--epochs', '2', '--batch', '32', '--rates', '0.001,0.2', '--seeds', '2'],
];

describe('benchmark', () => {
  it('chooses a rate on validation data, and tests it with several seeds', async () => {
    const finished = await feedalign('benchmark', ...small, '--json', '--out', join(folder, 'out'));
    expect({ ...finished, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
    const printed = linesOf(finished);
    const scored = printed.filter((line) => line.type === 'score');
    const lines = printed.filter((line) => line.type !== 'score');
    const { type, scores } = lines.pop() as { type: string; scores: Record<string, unknown>[] };
    expect(type).toBe('result');
    expect(scored).toEqual(scores);
    expect(lines).toHaveLength(2 * 2 * (2 + 2));
    expect(lines.map(({ done }) => done)).toEqual(lines.map((_, i) => i + 1));
    expect(scores.map(({ dataset, rule }) => `${dataset} ${rule}`)).toEqual([
      'spirals bp',
      'spirals frozen',
      'blobs bp',
      'blobs frozen',
    ]);
    for (const { dataset, rule, learningRate, validation, testAccuracies, mean, deviation } of scores) {
      const own = lines.filter((line) => line.dataset === dataset && line.rule === rule);
      const choices = own.filter((line) => line.type === 'choice');
      const best = Math.max(...choices.map(({ accuracy }) => accuracy as number));
      expect((validation as Record<string, number>)[String(learningRate)]).toBe(best);
      const runs = own.filter((line) => line.type === 'run');
      expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
      expect(runs.every((run) => run.learningRate === learningRate)).toBe(true);
      const [a, b] = testAccuracies as number[];
      expect(runs.map(({ accuracy }) => accuracy)).toEqual([a, b]);
      expect(mean).toBeCloseTo((a + b) / 2, 10);
      expect(deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 10);
    }
    const saved = JSON.parse(readFileSync(join(folder, 'out', 'results.json'), 'utf8'));
    expect(saved.scores).toEqual(scores);
    expect(readFileSync(join(folder, 'out', 'figure.svg'), 'utf8')).toContain('spirals: validation data');
    expect([...readFileSync(join(folder, 'out', 'figure.png')).subarray(1, 4)]).toEqual([
      ...Buffer.from('PNG'),
    ]);
  });

  it('shows a table of at most eighty columns', async () => {
    const { code, stdout } = await feedalign('benchmark', ...small);
    expect(code).toBe(0);
    expect(stdout).toMatch(/bp +│ +\d+\.\d ± \d+\.\d% at 0\.\d+ │/);
    const table = stdout.split('\n').filter((line) => /[│┌└├]/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.each([
    ['no validation data', ['--validation', '0'], /would choose its learning rates on the test data/],
    ['a rate that is no number', ['--rates', '0.1,fast'], /--rates: expected number.*"fast"/],
    ['a rate of zero', ['--rates', '0'], /--rates/],
    ['no seeds', ['--seeds', '0'], /--seeds/],
    ['an unknown dataset', ['--datasets', 'mnist,mnst'], /--datasets: there is no 'mnst'/],
  ])('refuses %s with one line', async (_what, flags, message) => {
    const { code, stdout, stderr } = await feedalign('benchmark', ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
