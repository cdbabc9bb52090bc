import { describe, expect, it } from 'vitest';
import { assembleNetwork, hiddenUnits, type Network } from '../src/index.js';
import {
  dense,
  graph,
  onCpu,
  scaling,
  sideBySide,
  squared,
  sumOfInputs,
  times,
  unitNamed,
} from './support.js';

onCpu();

const square = (size: number) => Array.from({ length: size }, () => new Array<number>(size).fill(1));
const shape = (network: Network) =>
  network.units.map(({ name, index, chain, isOutput, below }) => ({
    name,
    index,
    chain: chain.map((node) => node.name),
    isOutput,
    below: below.map((unit) => unit.name),
  }));

describe('assembleNetwork', () => {
  it('puts layers without a kernel into the unit below them', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const first = add('first', dense('first', square(2)), [x], [2]);
    const norm = add('norm', scaling('norm', [1, 1]), [first], [2]);
    const act = add('act', squared, [norm], [2]);
    const second = add('second', dense('second', square(2)), [act], [2]);
    const end = add('end', times(2), [second], [2]);
    const assembled = network([x], end);
    expect(shape(assembled)).toEqual([
      { name: 'first', index: 0, chain: ['first', 'norm', 'act'], isOutput: false, below: [] },
      { name: 'second', index: 1, chain: ['second', 'end'], isOutput: true, below: ['first'] },
    ]);
    expect(hiddenUnits(assembled).map((unit) => unit.name)).toEqual(['first']);
    const [unit] = assembled.units;
    expect(unit.kernel).toBe(first.operation.kernel);
    expect([unit.head, unit.end]).toEqual([first, act]);
    expect(assembled.unitOf(x)).toBeUndefined();
    expect(assembled.unitOf(norm)).toBe(unit);
  });

  it('ends a unit where its output branches, and looks through merges for the units below', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const stem = add('stem', dense('stem', square(2)), [x], [2]);
    const left = add('left', dense('left', square(2)), [stem], [2]);
    const merged = add('merged', sumOfInputs, [left, stem], [2]);
    const act = add('act', squared, [merged], [2]);
    const head = add('head', dense('head', square(2)), [act], [2]);
    const assembled = network([x], head);
    expect(shape(assembled)).toEqual([
      { name: 'stem', index: 0, chain: ['stem'], isOutput: false, below: [] },
      { name: 'left', index: 1, chain: ['left'], isOutput: false, below: ['stem'] },
      { name: 'head', index: 2, chain: ['head'], isOutput: true, below: ['left', 'stem'] },
    ]);
    expect(assembled.unitOf(merged)).toBeUndefined();
    expect(assembled.unitOf(act)).toBeUndefined();
    expect(assembled.consumers(stem)).toEqual([
      { node: left, index: 0 },
      { node: merged, index: 1 },
    ]);
    expect(assembled.consumers(head)).toEqual([]);
  });

  it('counts a layer twice that takes one output twice', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const first = add('first', dense('first', square(2)), [x], [2]);
    const both = add('both', sideBySide, [first, first], [4]);
    const head = add('head', dense('head', [[1], [1], [1], [1]]), [both], [1]);
    const assembled = network([x], head);
    expect(assembled.consumers(first)).toHaveLength(2);
    expect(unitNamed(assembled, 'head').below.map((unit) => unit.name)).toEqual(['first']);
    expect(unitNamed(assembled, 'first').chain).toEqual([first]);
  });

  it('makes a unit of a layer with parameters that no chain reaches', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const left = add('left', dense('left', square(2)), [x], [2]);
    const right = add('right', dense('right', square(2)), [x], [2]);
    const merged = add('merged', sumOfInputs, [left, right], [2]);
    const norm = add('norm', scaling('norm', [1, 1]), [merged], [2]);
    const act = add('act', squared, [norm], [2]);
    const head = add('head', dense('head', square(2)), [act], [2]);
    const assembled = network([x], head);
    expect(shape(assembled).slice(2)).toEqual([
      { name: 'norm', index: 2, chain: ['norm', 'act'], isOutput: false, below: ['left', 'right'] },
      { name: 'head', index: 3, chain: ['head'], isOutput: true, below: ['norm'] },
    ]);
    expect(unitNamed(assembled, 'norm').kernel).toBeUndefined();
  });

  it('stops a unit at an output, so that the error arrives at its end', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const first = add('first', dense('first', square(2)), [x], [2]);
    const act = add('act', squared, [first], [2]);
    const second = add('second', dense('second', square(2)), [act], [2]);
    const assembled = network([x], first, second);
    expect(shape(assembled)).toEqual([
      { name: 'first', index: 0, chain: ['first'], isOutput: false, below: [] },
      { name: 'second', index: 1, chain: ['second'], isOutput: true, below: ['first'] },
    ]);
  });

  it('calls every unit an output that meets no other on its way, also through a merge', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const left = add('left', dense('left', square(2)), [x], [2]);
    const right = add('right', dense('right', square(2)), [x], [2]);
    const merged = add('merged', sumOfInputs, [left, right], [2]);
    expect(network([x], merged).units.map((unit) => unit.isOutput)).toEqual([true, true]);
  });

  it('adds up shapes over places and outputs', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const first = add('first', dense('first', square(2)), [x], [4, 3, 5]);
    const second = add('second', dense('second', square(2)), [x], [7]);
    const assembled = network([x], first, second);
    expect(assembled.errorSize).toBe(67);
    expect(assembled.outputs.map((output) => output.size)).toEqual([60, 7]);
    expect(assembled.units.map((unit) => unit.size)).toEqual([60, 7]);
    expect(assembled.units[0].outputShape).toEqual([4, 3, 5]);
  });

  it('refuses a model without weights', () => {
    const { add, input } = graph();
    const x = input('x', [2]);
    const act = add('act', squared, [x], [2]);
    expect(() => assembleNetwork([x, act], [x], [{ node: act, activation: 'linear' }])).toThrow(
      expect.objectContaining({ code: 'unsupported-model' }),
    );
  });
});
