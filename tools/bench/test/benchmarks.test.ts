import { describe, expect, it } from 'vitest';
import type { Plan, Samples } from '../src/benchmark.js';
import { type BenchmarkName, benchmarks } from '../src/benchmarks.js';
import { chosen } from '../src/program.js';
import { passes, resultsOf } from '../src/result.js';
import { tableOf } from '../src/table.js';

const settings = { threads: 2, relaxed: true, isAmd: true };
const names = Object.keys(benchmarks) as BenchmarkName[];

/** Samples of every series that the plan's subjects could have, all alike. */
const invented = (plan: Plan, value: number): Samples =>
  new Proxy({} as Samples, {
    get: (_, name: string) => (name.split('.')[0] in plan.subjects ? [value, value, 2 * value] : undefined),
  });
const engine = { threads: 2, relaxed: true };
const facts = { ours: { cases: [], tfjs: '4.22.0', engine } };

describe.each(names)('%s', (name) => {
  const plan = benchmarks[name].plan(settings);

  it('has rows that come from its own subjects, and fit into 80 columns', () => {
    for (const value of [0.012, 3.45, 12345]) {
      const results = resultsOf(name, plan, { samples: invented(plan, value), facts });
      expect(results).toHaveLength(plan.rows.length);
      for (const { value, samples, machine } of results) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(Object.values(samples).every((series) => series.length === 3)).toBe(true);
        expect(machine).toMatchObject({ threads: 2, relaxed: true, tfjs: '4.22.0' });
      }
      const table = tableOf(results);
      for (const line of table.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
      for (const { row } of plan.rows) expect(table).toContain(row);
    }
    expect([...`${name}: ${benchmarks[name].measures}`].length).toBeLessThanOrEqual(80);
  });

  it('asks for something, but for the limit itself', () => {
    expect(plan.rows.some(({ must }) => must !== undefined)).toBe(name !== 'peak');
  });
});

describe('what must be reached', () => {
  it('is reached at the bound', () => {
    expect([59.9, 60, 61].map((value) => passes(value, { atLeast: 60 }))).toEqual([false, true, true]);
    expect([14, 15, 15.1].map((value) => passes(value, { atMost: 15 }))).toEqual([true, true, false]);
    expect(passes(0, undefined)).toBe(true);
    expect(passes(Number.NaN, { atLeast: 1 })).toBe(false);
  });

  it('is more against stock on AMD’s processors', () => {
    const bounds = (isAmd: boolean) =>
      benchmarks.matmul
        .plan({ ...settings, isAmd })
        .rows.filter(({ unit }) => unit === '×')
        .map(({ must }) => must);
    expect(bounds(true)).toEqual([{ atLeast: 1.7 }, { atLeast: 1.7 }]);
    expect(bounds(false)).toEqual([{ atLeast: 1.1 }, { atLeast: 1.1 }]);
  });

  it('shows in the table and in the result', () => {
    const plan = benchmarks.adam.plan(settings);
    const samples = { 'ours.step': [1], 'stock.step': [19] };
    const [result] = resultsOf('adam', plan, { samples, facts });
    expect(result).toMatchObject({ value: 19, must: 20, bound: 'atLeast', pass: false });
    expect(tableOf([result])).toMatch(/19\.0×.*≥ 20.*short/);
    const [better] = resultsOf('adam', plan, { samples: { ...samples, 'stock.step': [20] }, facts });
    expect(better.pass).toBe(true);
    expect(tableOf([better])).toMatch(/20\.0×.*ok/);
  });
});

describe('chosen', () => {
  it('takes each name once, and all of them for all', () => {
    expect(chosen(['adam', 'mlp', 'adam'])).toEqual(['mlp', 'adam']);
    expect(chosen(['mlp', 'all'])).toEqual(names);
  });

  it('refuses another name with the nearest one', () => {
    expect(() => chosen(['mlp', 'lenett'])).toThrow("There is no benchmark 'lenett'. Did you mean lenet?");
    expect(() => chosen(['toString'])).toThrow('toString');
  });
});
