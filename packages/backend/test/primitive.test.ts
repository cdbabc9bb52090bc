import { accumulate, slot } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  activate,
  activationName,
  activations,
  changingPrimitive,
  convolution,
  denseKernelGradient,
  gradientBy,
  primitive,
} from '../src/index.js';
import { expectClose, numbers, onEach, plain, toTensor, toVariable, withoutLeaks } from './support.js';

const registered: [name: string, backend: string][] = [];
/** Registers a kernel for as long as the test runs. */
function register(kernelName: string, backendName: string, kernelFunc: tf.KernelFunc): void {
  tf.registerKernel({ kernelName, backendName, kernelFunc });
  registered.push([kernelName, backendName]);
}
afterEach(() => {
  for (const [name, backend] of registered.splice(0)) tf.unregisterKernel(name, backend);
});

const other = { wasm: 'cpu', cpu: 'wasm' } as Record<string, 'cpu' | 'wasm'>;

onEach((backend) => {
  describe('a call of a primitive', () => {
    const answers = () => primitive('Test', { takes: {} }, () => 'portable');

    it('goes to the portable form', () => {
      expect(answers()({}, {})).toBe('portable');
    });

    it('goes to the form for the backend in use, where there is one', () => {
      const x = tf.ones([1, 5, 5, 1]);
      const kernel = tf.ones([1, 1, 1, 1]);
      const attributes = { strides: [3, 3], dilations: [1, 1], padding: 'same' } as const;
      // Told 'same', tfjs' kernel on wasm leaves this result unwritten: the form for it says the padding in numbers.
      expectClose(convolution({ x, kernel }, attributes), {
        shape: [1, 2, 2, 1],
        values: Float64Array.of(1, 1, 1, 1),
      });
    });

    it('goes to the kernel of its name, before every other form, with inputs and attributes', () => {
      const half = primitive(
        'Half',
        { takes: { x: '…s' } },
        ({ x }: { x: tf.Tensor }, { by }: { by: number }): tf.Tensor => tf.mul(x, by),
      );
      expect(half.kernelName).toBe('FeedalignHalf');
      const seen: unknown[] = [];
      register('FeedalignHalf', backend, ({ inputs, attrs }) => {
        seen.push(Object.keys(inputs), attrs);
        return tf.engine().makeTensor(Float32Array.of(42), [1], 'float32');
      });
      const x = tf.tensor1d([3]);
      withoutLeaks(() => expect(half({ x }, { by: 0.5 }).arraySync()).toEqual([42]));
      expect(seen).toEqual([['x'], { by: 0.5 }]);
      tf.unregisterKernel(...(registered.pop() as [string, string]));
      expect(half({ x }, { by: 0.5 }).arraySync()).toEqual([1.5]);
    });

    it('does not go to a kernel of another backend', () => {
      register('FeedalignTest', other[backend], () => {
        throw new Error('the wrong backend');
      });
      expect(answers()({}, {})).toBe('portable');
    });

    it('reads a number that differs from step to step when it is called', () => {
      const times = primitive(
        'Times',
        { takes: { x: '…s' } },
        ({ x }: { x: tf.Tensor }, { by }: { by: number }): tf.Tensor => tf.mul(x, by),
      );
      let now = 2;
      const by = slot(() => now);
      const x = tf.tensor1d([3]);
      expect(times({ x }, { by }).arraySync()).toEqual([6]);
      now = 5;
      expect(times({ x }, { by }).arraySync()).toEqual([15]);
    });

    it('takes several outputs, and none, from a kernel', () => {
      const two = primitive('Two', { takes: {} }, (_: object): tf.Tensor[] => []);
      register('FeedalignTwo', backend, () => [tf.scalar(1), tf.scalar(2)]);
      withoutLeaks(() => expect(two({}, {}).map((tensor) => tensor.dataSync()[0])).toEqual([1, 2]));
      let called = 0;
      const none = changingPrimitive('None', { takes: {}, changes: [] }, () => ({}));
      register('FeedalignNone', backend, () => {
        called++;
        return [];
      });
      none({}, {});
      expect(called).toBe(1);
    });
  });

  describe('gradientBy', () => {
    const [input, delta] = [numbers([3, 2], 1), numbers([3, 4], 2)];
    const expected = plain([2, 4]);
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 4; j++) {
        for (let n = 0; n < 3; n++) {
          expected.values[4 * i + j] += input.values[2 * n + i] * delta.values[4 * n + j];
        }
      }
    }
    const gradient = () =>
      gradientBy(denseKernelGradient, { input: toTensor(input), delta: toTensor(delta) }, {});

    it('computes what the primitive does, when it is asked', () => {
      withoutLeaks(() => expectClose(gradient().compute(), expected));
    });

    it.each([
      [1, 0],
      [-0.5, 1],
      [1, 1],
      [2, 0.25],
      [-1, 0],
    ])('adds to a variable: scale %d, keep %d', (scale, keep) => {
      const start = numbers([2, 4], 3);
      const variable = toVariable(start);
      withoutLeaks(() => gradient().addTo(variable, scale, keep));
      expectClose(
        variable,
        plain(
          [2, 4],
          expected.values.map((value, i) => keep * start.values[i] + scale * value),
        ),
      );
    });

    it('leaves clones of what the variable held as they were', () => {
      const start = numbers([2, 4], 3);
      const variable = toVariable(start);
      const view = tf.clone(variable);
      gradient().addTo(variable, 1, 1);
      expectClose(view, start, 1e-7);
    });

    it('does not keep what a variable held where nothing of it is kept', () => {
      const variable = tf.variable(tf.fill([2, 4], Number.NaN));
      gradient().addTo(variable, 1, 0);
      expectClose(variable, expected);
    });

    it('is one call where the backend has a kernel for it', () => {
      const seen: unknown[] = [];
      register('FeedalignDenseKernelGradientInto', backend, ({ inputs, attrs }) => {
        seen.push(Object.keys(inputs).sort(), attrs);
        return [];
      });
      register('FeedalignDenseKernelGradient', backend, () => {
        throw new Error('computed as a tensor');
      });
      const variable = tf.variable(tf.zeros([2, 4]));
      withoutLeaks(() => gradient().addTo(variable, 0.5, 1));
      expect(seen).toEqual([['delta', 'input', 'variable'], { scale: 0.5, keep: 1 }]);
    });
  });

  it('a variable survives the tensor that it was assigned', () => {
    const variable = toVariable(plain([], [1]));
    withoutLeaks(() => accumulate(variable, tf.add(1, 1), 1, 0));
    expect(variable.dataSync()[0]).toBe(2);
  });

  it('activate serves every activation of the table, in the shape that it is given', () => {
    const a = numbers([2, 3, 4], 3);
    for (const activation of Object.keys(activations).map(activationName)) {
      withoutLeaks(() => {
        const y = activate({ a: toTensor(a) }, { activation });
        expect(y.shape, activation).toEqual([2, 3, 4]);
        expect(y.dataSync().every(Number.isFinite), activation).toBe(true);
      });
    }
  });
});

describe('activationName', () => {
  it.each([
    ['relu', 'relu'],
    ['hard_sigmoid', 'hardSigmoid'],
    ['log_softmax', 'logSoftmax'],
    ['gelu_new', 'gelu_new'],
  ])('%s is %s', (written, name) => {
    expect(activationName(written)).toBe(name);
  });

  it.each(['Relu', '', 'prelu', 'toString', 'constructor', '__proto__'])("refuses '%s'", (written) => {
    expect(() => activationName(written)).toThrow(expect.objectContaining({ code: 'unknown-name' }));
  });
});
