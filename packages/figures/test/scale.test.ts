import { describe, expect, it } from 'vitest';
import type { Axis } from '../src/index.js';
import { scaleOf } from '../src/scale.js';

const labels = (axis: Omit<Axis, 'label'>, values: number[], options = { count: 5, nice: true }) =>
  scaleOf({ label: '', ...axis }, values, options).ticks.map(({ label }) => label);

describe('scales', () => {
  it.each<[string, Omit<Axis, 'label'>, number[], string[]]>([
    ['rounds a range', {}, [0.03, 0.97], ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [
      'writes percent',
      { format: 'percent' },
      [0.952, 0.971],
      ['95.0%', '95.5%', '96.0%', '96.5%', '97.0%', '97.5%'],
    ],
    [
      'begins and ends at a tick',
      { format: 'percent' },
      [0.85, 0.947],
      ['84%', '86%', '88%', '90%', '92%', '94%', '96%'],
    ],
    ['writes degrees', { format: 'degrees' }, [65, 90], ['65°', '70°', '75°', '80°', '85°', '90°']],
    ['writes a minus and groups', {}, [-20000, 0], ['−20,000', '−15,000', '−10,000', '−5,000', '0']],
    ['writes powers', {}, [0, 3e6], ['0', '10⁶', '2×10⁶', '3×10⁶']],
    ['writes small steps', {}, [0, 4e-5], ['0', '10⁻⁵', '2×10⁻⁵', '3×10⁻⁵', '4×10⁻⁵']],
    ['keeps to a given range', { range: [0, 1] }, [5], ['0', '1']],
    ['passes over a range upside down', { range: [1, 0] }, [2, 4], ['2', '3', '4']],
    ['gives a single value a place', {}, [0], ['−1', '0', '1']],
    ['has decades', { scale: 'log' }, [0.02, 40, -1], ['0.01', '0.1', '1', '10', '100']],
    ['has powers of decades', { scale: 'log' }, [1e-5, 1], ['10⁻⁵', '10⁻³', '10⁻¹']],
    ['has 1, 2, 5 in short ranges', { scale: 'log' }, [1.5, 8], ['1', '2', '5', '10']],
    [
      'has a step in very short ranges',
      { scale: 'log', range: [2.1, 2.4] },
      [],
      ['2.1', '2.2', '2.3', '2.4'],
    ],
    ['has no ticks without values', {}, [Number.NaN], []],
  ])('%s', (_, axis, values, expected) => {
    expect(labels(axis, values)).toEqual(expected);
  });

  it('steps by whole numbers where all values are whole', () => {
    expect(labels({}, [1, 2, 3], { count: 9, nice: false })).toEqual(['1', '2', '3']);
  });

  it('has a place for every tick, however large', () => {
    for (const nice of [false, true]) {
      const { ticks } = scaleOf({ label: '' }, [-1e100], { count: 5, nice });
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.every(({ position }) => position >= 0 && position <= 1)).toBe(true);
    }
  });

  it('leads values to shares of the axis', () => {
    const log = scaleOf({ label: '', scale: 'log' }, [1, 100], { count: 5, nice: false });
    expect([1, 10, 100, 0, Number.NaN].map(log.position)).toEqual([0, 0.5, 1, Number.NaN, Number.NaN]);
    const linear = scaleOf({ label: '', range: [10, 20] }, [], { count: 5, nice: true });
    expect([10, 15, 30, 1e99].map(linear.position)).toEqual([0, 0.5, 2, 1000]);
  });
});
