import { FeedalignError } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Call, made as madeOf, sizeOf } from './call.js';

/** What is called: tensors and attributes in, tensors out. */
export type Subject = (inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>) => unknown;

interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
}

interface Outcome {
  readonly error?: unknown;
  readonly results: readonly Numbers[];
  /** The variables that are changed in place, as they are afterwards. */
  readonly after: Readonly<Record<string, Numbers>>;
  /** Tensors that changed, or were lost, and must not. */
  readonly harm: readonly string[];
}

const numbersOf = (tensor: tf.Tensor): Numbers => ({
  shape: tensor.shape,
  dtype: tensor.dtype,
  values: tensor.dataSync().slice() as unknown as ArrayLike<number>,
});
const textOf = (tensor: tf.Tensor) => Array.from(tensor.dataSync() as unknown as ArrayLike<unknown>).join();
const counts = (mayLose: boolean) =>
  [tf.memory().numTensors, ...(mayLose ? [] : [tf.engine().backend.numDataIds()])].join();

/** Calls a subject on a backend, and looks at every tensor before and after. */
function outcome(
  backend: string,
  subject: Subject,
  call: Call,
  seed: number,
  { changes = [], mayLose = false, isTidy = false }: Law,
): Outcome {
  void tf.setBackend(backend);
  const before = counts(mayLose);
  let found: Outcome = { results: [], after: {}, harm: [] };
  tf.tidy(() => {
    const { given: inputs, canaries } = madeOf(call, seed);
    const watched = new Map<string, tf.Tensor>([
      ...canaries.map((each, i) => [`canary ${i}`, each] as const),
      // A variable that is given for a second role too is changed there as well.
      ...Object.entries(inputs).filter(
        ([role, each]) =>
          !each.isDisposed &&
          each.dtype !== 'complex64' &&
          (changes.includes(role) || !changes.some((other) => inputs[other] === each)),
      ),
    ]);
    const texts = new Map([...watched].map(([name, each]) => [name, textOf(each)]));
    let error: unknown;
    let results: Numbers[] = [];
    let made = 0;
    const tensors = tf.memory().numTensors;
    try {
      const given = subject(inputs, call.attributes as Record<string, unknown>);
      const all = (Array.isArray(given) ? given : [given]).filter((each) => each instanceof tf.Tensor);
      made = all.filter((each) => !Object.values(inputs).includes(each)).length;
      results = all.map(numbersOf);
    } catch (thrown) {
      error = thrown;
    }
    const harm: string[] = [];
    const left = tf.memory().numTensors - tensors - made;
    if (left !== 0 && isTidy && backend === 'wasm') harm.push(`${left} tensors more than its results`);
    for (const [name, each] of watched) {
      if (each.isDisposed) {
        harm.push(`${name} is disposed of`);
        continue;
      }
      if (textOf(each) === texts.get(name)) continue;
      if (!changes.includes(name)) harm.push(`${name} changed`);
      else if (error) harm.push(`${name} changed though the call was refused`);
    }
    const after = Object.fromEntries(
      changes
        .filter((role) => inputs[role] && !inputs[role].isDisposed)
        .map((role) => [role, numbersOf(inputs[role])]),
    );
    for (const each of Object.values(inputs))
      if (each instanceof tf.Variable && !each.isDisposed) each.dispose();
    found = { error, results, after, harm };
  });
  const now = counts(mayLose);
  return now === before
    ? found
    : { ...found, harm: [...found.harm, `tensors and data: ${before} before, ${now} after`] };
}

const tolerance = 1e-4;

function difference(found: Numbers | undefined, right: Numbers): string | undefined {
  if (!found) return 'nothing came';
  if (found.dtype !== right.dtype) return `of type ${found.dtype}, not ${right.dtype}`;
  if (found.shape.join() !== right.shape.join()) return `of shape [${found.shape}], not [${right.shape}]`;
  const numbers = Array.from(right.values);
  const largest = numbers.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1e-3,
  );
  // Of no numbers tfjs' cpu backend makes some that nobody sees.
  for (let i = 0; i < sizeOf(right.shape); i++) {
    const [a, b] = [found.values[i], numbers[i]];
    if (right.dtype === 'bool' && Boolean(a) === Boolean(b)) continue;
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * largest) continue;
    return `${a} at ${i}, not ${b}`;
  }
  return undefined;
}

export interface Law {
  /** Roles that are changed in place. */
  readonly changes?: readonly string[];
  /** Whether it leaves no tensors but its results, also outside of a `tidy`. */
  readonly isTidy?: boolean;
  /** Whether data without a tensor may be left where it refuses: tfjs' own kernels leave them. */
  readonly mayLose?: boolean;
  /** Whether an error is a proper refusal. Default: those of feedalign. */
  readonly isRefusal?: (error: unknown) => boolean;
}

/** tfjs' own assertions are plain errors. */
export const isPlainError = (error: unknown) =>
  error instanceof FeedalignError || (error as Error)?.constructor === Error;

/** What is wrong with a call on wasm, given the same on cpu; undefined where it answers right or refuses. */
export function verdict(
  subject: Subject,
  reference: Subject,
  call: Call,
  seed: number,
  law: Law = {},
): { readonly fault?: string; readonly refused: boolean } {
  const { isRefusal = (error) => error instanceof FeedalignError } = law;
  const right = outcome('cpu', reference, call, seed, law);
  const found = outcome('wasm', subject, call, seed, law);
  const refused = found.error !== undefined;
  if (found.harm.length > 0) return { refused, fault: found.harm.join(', ') };
  if (found.error) {
    const { name, message } = found.error as Error;
    const kind = (found.error as Error)?.constructor?.name ?? name;
    return isRefusal(found.error) ? { refused } : { refused, fault: `raw ${kind}: ${message}` };
  }
  if (right.error)
    return { refused, fault: `answers what the reference refuses: ${(right.error as Error).message}` };
  const differences = [
    ...right.results.map((each, i) => difference(found.results[i], each)),
    ...Object.entries(right.after).map(([role, each]) => {
      const text = difference(found.after[role], each);
      return text && `'${role}' becomes ${text}`;
    }),
  ].filter((each) => each !== undefined);
  return { refused, fault: differences[0] };
}

/** Fails with every fault. */
export function expectNone(faults: Iterable<string>): void {
  const all = [...faults];
  if (all.length > 0) throw new Error(`${all.length} faults\n${all.join('\n')}`);
}
