import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figureToSvg } from '@feedalign/figures';
import { describe, expect, it } from 'vitest';
import type { AnyExperiment } from '../src/experiment.js';
import { a1 } from '../src/experiments/a1-alignment-matrices.js';
import { a2 } from '../src/experiments/a2-ordinary-differential-equations.js';
import { a3 } from '../src/experiments/a3-align-then-memorise.js';
import { a4 } from '../src/experiments/a4-degeneracy-breaking.js';
import { a5 } from '../src/experiments/a5-relu-feedback-signs.js';
import { b2 } from '../src/experiments/b2-conserved-quantity.js';
import {
  experiments,
  findExperiments,
  type ReproduceEvent,
  reproduce,
  type VerdictEvent,
} from '../src/index.js';
import { never, noData } from './support.js';

describe('the table', () => {
  it('has each id once, and everything as plain data', () => {
    expect(new Set(experiments.map(({ id }) => id)).size).toBe(experiments.length);
    for (const { settings, seeds } of experiments) {
      expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
      expect(seeds.quick).toBeGreaterThanOrEqual(3);
      expect(seeds.full).toBeGreaterThanOrEqual(seeds.quick);
    }
  });

  it('has the first try of what was changed after a look, as a row of its own', () => {
    const ids = new Set(experiments.map(({ id }) => id));
    for (const { changedAfterLook = [] } of experiments) {
      for (const [, id] of changedAfterLook.join(' ').matchAll(/\(([AB]\d+[A-Z])\)/g))
        expect(ids).toContain(id);
    }
    const tries = [
      ['A1', 'A1G'],
      ['A2', 'A2S'],
      ['A8', 'A8G'],
      ['B1', 'B1E'],
      ['B5', 'B5C'],
    ];
    for (const [id, first] of tries) {
      const [one, other] = findExperiments([id, first]);
      expect(one.changedAfterLook?.join()).toContain(first);
      expect(other.criterion).toBe(one.criterion);
      expect(other.settings).not.toEqual(one.settings);
    }
  });

  it('is searched in any case, in its own order, each once', () => {
    expect(findExperiments(['b2', 'A1', 'a1']).map(({ id }) => id)).toEqual(['A1', 'B2']);
    expect(findExperiments(['all'])).toHaveLength(experiments.length);
    expect(() => findExperiments(['A1', 'A77'])).toThrow(/no experiment 'A77'/);
    expect(() => findExperiments([])).toThrow(/No experiment was named/);
  });
});

describe('experiments that compute, small', () => {
  const small: readonly (readonly [AnyExperiment, object])[] = [
    [
      a1,
      { ...a1.settings.quick, examples: 200, nonLinear: { ...a1.settings.quick.nonLinear, examples: 20 } },
    ],
    [a2, { ...a2.settings.quick, until: 12 }],
    [a3, { ...a3.settings.quick, inputs: 300, until: 60 }],
    [a4, { ...a4.settings.quick, inputs: 60, inits: 6 }],
    [a5, { ...a5.settings.quick, inputs: 60, students: [2] }],
    [b2, { ...b2.settings.quick, until: 0.5 }],
  ];
  it.each(small.map((row) => [row[0].id, ...row] as const))(
    '%s comes out',
    async (_id, experiment, settings) => {
      const measurement = await experiment.run(settings, 1, never, noData);
      expect(JSON.parse(JSON.stringify(measurement))).toEqual(measurement);
      const { pass, measured, numbers } = experiment.summary([measurement]);
      expect(`${measured} ${pass}`).toMatch(/true$/);
      for (const value of Object.values(numbers)) expect(value).toBeTypeOf('number');
      expect(figureToSvg(experiment.figure([measurement]))).not.toContain('no data');
      expect(await experiment.run(settings, 1, never, noData)).toEqual(measurement);
    },
  );

  it('fail where the claim does not hold', async () => {
    const nonLinear = { tanh: [{ residual: 0.2, condition: 2 }], relu: [{ residual: 0.8, condition: 2 }] };
    const bad = { residuals: [1e-9], conditions: [1], alignments: [0.95], history: [], nonLinear };
    expect(a1.summary([bad]).pass).toBe(false);
    expect(a1.summary([{ ...bad, residuals: [1e-12] }]).pass).toBe(true);
    const looks = [
      { t: 0, error: 1, v: [1, -1] },
      { t: 5, error: 0.4, v: [1, 0] },
      { t: 6, error: 0.3, v: [1, 1] },
    ];
    expect(a3.summary([{ feedback: [1, 1], looks }]).pass).toBe(false);
    expect(a4.summary([{ feedback: [1, 1], dfa: [looks], bp: [looks] }]).pass).toBe(false);
    expect(a5.summary([[{ feedback: [1, -1], errors: [[1, 1e-6]] }]]).pass).toBe(false);
    expect(
      b2.summary([
        {
          residual: 0,
          loss: 0,
          drifts: [
            [0.1, 1],
            [0.01, 0.5],
          ],
        },
      ]).pass,
    ).toBe(false);
  });
});

describe('reproduce', () => {
  it('tells what begins, what is measured, and the verdict', async () => {
    const events: ReproduceEvent[] = [];
    for await (const event of reproduce(['a1'], { seeds: 2 })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['begin', 'measurement', 'measurement', 'verdict']);
    const verdict = events[3] as Extract<ReproduceEvent, { type: 'verdict' }>;
    expect(verdict).toMatchObject({
      id: 'A1',
      seeds: [1, 2],
      pass: true,
      criterion: a1.criterion,
      scale: 'quick',
      changedAfterLook: a1.changedAfterLook,
    });
  });

  it('ends when the signal is set off, in the middle of an experiment too', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(new Error('enough')), 200);
    const run = async () => {
      for await (const _ of reproduce(['A2'], { scale: 'full', signal: interrupt.signal }));
    };
    await expect(run()).rejects.toThrow('enough');
  });

  it('goes on after an experiment that throws, and says what it said', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'feedalign-'));
    mkdirSync(join(folder, 'fashion-mnist'));
    const verdicts: VerdictEvent[] = [];
    for await (const event of reproduce(['A1', 'B6'], { seeds: 1, folder })) {
      if (event.type === 'verdict') verdicts.push(event);
    }
    expect(verdicts.map(({ id, pass }) => [id, pass])).toEqual([
      ['A1', true],
      ['B6', false],
    ]);
    expect(verdicts[1].measured).toMatch(/^not run: .*train-images/);
    expect(verdicts[1].numbers).toEqual({});
  });

  it('refuses seeds that are no count', async () => {
    await expect(reproduce(['A1'], { seeds: 0.5 }).next()).rejects.toThrow(/seeds is 0.5/);
  });
});
