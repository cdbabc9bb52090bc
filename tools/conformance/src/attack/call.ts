import { createRng } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Dice } from './dice.js';

type Type = 'float32' | 'int32' | 'bool' | 'complex64' | 'string';

/** A tensor as it is to be made. */
export interface Operand {
  readonly shape: readonly number[];
  readonly dtype?: Type;
  /** Numbers above 0, or whole numbers below so many. Default: normal ones. */
  readonly values?: 'positive' | number;
  readonly isVariable?: true;
  readonly isDisposed?: true;
  /** The tensor of another role, or one that shares its data. */
  readonly of?: { readonly role: string; readonly as: 'itself' | 'reshape' | 'clone' };
}

export interface Call {
  readonly inputs: Readonly<Record<string, Operand>>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** A tensor of complex numbers, which the WASM backend cannot make: there its data lie on cpu. */
function complexOf(numbers: Float32Array, shape: number[]): tf.Tensor {
  const backend = tf.getBackend();
  void tf.setBackend('cpu');
  const made = tf.complex(tf.tensor(numbers, shape), tf.tensor(numbers, shape));
  void tf.setBackend(backend);
  return made;
}

function fresh({ shape, dtype = 'float32', values }: Operand, seed: number): tf.Tensor {
  const count = sizeOf(shape);
  const rng = createRng(seed);
  const own = [...shape];
  if (typeof values === 'number' && dtype !== 'complex64' && dtype !== 'string') {
    const whole = Int32Array.from(rng.uniform(count, 0, values));
    return tf.tensor(dtype === 'int32' ? whole : Float32Array.from(whole), own, dtype as 'int32');
  }
  const numbers = rng.normal(count).map((value) => (values === 'positive' ? Math.abs(value) + 0.5 : value));
  if (dtype === 'complex64') return complexOf(numbers, own);
  if (dtype === 'string') return tf.tensor(Array.from(numbers, String), own, 'string');
  if (dtype === 'bool')
    return tf.tensor(
      Uint8Array.from(numbers, (value) => Number(value > 0)),
      own,
      'bool',
    );
  if (dtype === 'int32')
    return tf.tensor(
      Int32Array.from(numbers, (value) => value * 3),
      own,
      'int32',
    );
  return tf.tensor(numbers, own);
}

/** The tensors of a call, and canaries that lie around them in memory. Call it in a `tidy`. */
export function made(
  { inputs }: Call,
  seed: number,
): { given: Record<string, tf.Tensor>; canaries: tf.Tensor[] } {
  const given: Record<string, tf.Tensor> = {};
  const canaries: tf.Tensor[] = [];
  const canary = () => canaries.push(tf.fill([5 + (canaries.length % 4)], 1000 + canaries.length));
  canary();
  Object.entries(inputs).forEach(([role, operand], i) => {
    const source = operand.of && given[operand.of.role];
    const shared = (tensor: tf.Tensor) => {
      if (operand.of?.as === 'itself' || tensor.dtype === 'complex64') return tensor;
      if (operand.of?.as === 'clone') return tf.clone(tensor);
      return tf.reshape(tensor, sizeOf(operand.shape) === tensor.size ? [...operand.shape] : tensor.shape);
    };
    const tensor = source ? shared(source) : fresh(operand, seed + i);
    given[role] = operand.isVariable && tensor.dtype !== 'complex64' ? tf.variable(tensor) : tensor;
    canary();
  });
  for (const [role, { isDisposed }] of Object.entries(inputs)) if (isDisposed) given[role].dispose();
  return { given, canaries };
}

type Change = (call: Call, dice: Dice) => Call | undefined;

const withInput = (call: Call, role: string, change: Partial<Operand>): Call => ({
  ...call,
  inputs: { ...call.inputs, [role]: { ...call.inputs[role], ...change } },
});
const aRole = (call: Call, chance: Dice) => chance.pick(Object.keys(call.inputs));
const anAttribute = ({ attributes }: Call, chance: Dice, isFit: (value: unknown) => boolean) => {
  const names = Object.keys(attributes).filter((name) => isFit(attributes[name]));
  return names.length > 0 ? chance.pick(names) : undefined;
};
const withAttribute = (call: Call, name: string, value: unknown): Call => ({
  ...call,
  attributes: { ...call.attributes, [name]: value },
});

/** What is done to a call that was right. */
const changes: Readonly<Record<string, Change>> = {
  'another type': (call, chance) =>
    withInput(call, aRole(call, chance), {
      dtype: chance.pick(['int32', 'bool', 'complex64', 'string', 'float32']),
      ...(chance.chance(0.5) && { values: undefined }),
    }),
  'another rank': (call, chance) => {
    const role = aRole(call, chance);
    const { shape } = call.inputs[role];
    const all = [[1, ...shape], [...shape, 1], shape.slice(1), shape.slice(0, -1), [], [sizeOf(shape)]];
    return withInput(call, role, { shape: chance.pick(all) });
  },
  'another size': (call, chance) => {
    const role = aRole(call, chance);
    const shape = [...call.inputs[role].shape];
    if (shape.length === 0) return undefined;
    const axis = chance.int(0, shape.length - 1);
    shape[axis] = Math.max(0, chance.pick([shape[axis] + 1, shape[axis] - 1, 0, 1, shape[axis] * 2]));
    return withInput(call, role, { shape });
  },
  'axes that changed places': (call, chance) => {
    const role = aRole(call, chance);
    return withInput(call, role, { shape: [...call.inputs[role].shape].reverse() });
  },
  'nothing in an axis of all': (call, chance) => {
    const sizes = [...new Set(Object.values(call.inputs).flatMap(({ shape }) => shape))];
    const size = chance.pick(sizes);
    return {
      ...call,
      inputs: Object.fromEntries(
        Object.entries(call.inputs).map(([role, each]) => [
          role,
          { ...each, shape: each.shape.map((every) => (every === size ? 0 : every)) },
        ]),
      ),
    };
  },
  'one tensor for two roles': (call, chance) => {
    const roles = Object.keys(call.inputs);
    if (roles.length < 2) return undefined;
    const second = chance.int(1, roles.length - 1);
    const first = chance.int(0, second - 1);
    const [source, role] = [roles[first], roles[second]];
    const isFit = sizeOf(call.inputs[source].shape) === sizeOf(call.inputs[role].shape);
    const as = chance.pick(['itself', 'reshape', 'clone'] as const);
    const { shape, values } = call.inputs[source];
    return withInput(call, role, {
      of: { role: source, as },
      ...((as !== 'reshape' || !isFit) && { shape }),
      values,
    });
  },
  'a tensor that is gone': (call, chance) => withInput(call, aRole(call, chance), { isDisposed: true }),
  'a role without tensor': (call, chance) => {
    const { [aRole(call, chance)]: _, ...inputs } = call.inputs;
    return { ...call, inputs };
  },
  'a pair that changed places': (call, chance) => {
    const name = anAttribute(call, chance, (value) => Array.isArray(value) && value.length === 2);
    return name === undefined
      ? undefined
      : withAttribute(call, name, [...(call.attributes[name] as number[])].reverse());
  },
  'the other truth': (call, chance) => {
    const name = anAttribute(call, chance, (value) => typeof value === 'boolean');
    return name === undefined ? undefined : withAttribute(call, name, !call.attributes[name]);
  },
  'a number more or less': (call, chance) => {
    const name = anAttribute(
      call,
      chance,
      (value) => Array.isArray(value) && value.length > 0 && value.every((each) => Number.isInteger(each)),
    );
    if (name === undefined) return undefined;
    const values = [...(call.attributes[name] as number[])];
    const place = chance.int(0, values.length - 1);
    values[place] += chance.pick([-1, 1, 2]);
    return values[place] < 1 ? undefined : withAttribute(call, name, values);
  },
  'another padding': (call) =>
    'pad' in call.attributes || 'padding' in call.attributes
      ? withAttribute(
          call,
          'pad' in call.attributes ? 'pad' : 'padding',
          (call.attributes.pad ?? call.attributes.padding) === 'same' ? 'valid' : 'same',
        )
      : undefined,
};

/** A call with one or two things wrong, and which. */
export function changed(call: Call, chance: Dice): { readonly call: Call; readonly what: string } {
  let current = call;
  const done: string[] = [];
  const wanted = chance.chance(0.25) ? 2 : 1;
  for (let tries = 0; done.length < wanted && tries < 20; tries++) {
    const what = chance.pick(Object.keys(changes));
    if (Object.keys(current.inputs).length === 0 && what !== 'a number more or less') continue;
    const next = changes[what](current, chance);
    if (!next) continue;
    current = next;
    done.push(what);
  }
  return { call: current, what: done.join(', ') };
}

const shown = ({ shape, dtype, of, isDisposed, values, isVariable }: Operand) =>
  [
    isVariable && 'variable',
    dtype ?? 'float32',
    `[${shape}]`,
    values !== undefined && `of ${values}`,
    of && `${of.as} of ${of.role}`,
    isDisposed && 'gone',
  ]
    .filter(Boolean)
    .join(' ');

/** A call for people to read, and to make again. */
export const written = ({ inputs, attributes }: Call): string =>
  `${Object.entries(inputs)
    .map(([role, each]) => `${role}: ${shown(each)}`)
    .join(
      '; ',
    )} ${JSON.stringify(attributes, (_, value) => (ArrayBuffer.isView(value) ? `${value}` : value))}`;
