import { plain, relaxed } from './generated/limit.js';

/** The loops of the compiled module: what they take is said in assembly/limit.ts. */
type Loop = (steps: number, factor: number, summand: number) => number;

/** What one thread of this machine can do at most. */
export interface Limit {
  /** Multiplications and additions of 32-bit numbers, in billions a second: the best of the loops. */
  readonly gflops: number;
  /** Whether multiply and add are one instruction. */
  readonly relaxed: boolean;
  /** The rate of each loop, by its number of accumulators. */
  readonly loops: Readonly<Record<number, number>>;
}

export interface LimitOptions {
  /** Use relaxed SIMD where the engine has it. Default true. */
  readonly allowRelaxed?: boolean;
  /** How long each loop is measured. Default 40, which is enough for the engine to optimise it on the way. */
  readonly milliseconds?: number;
}

const loops = { 8: 'eight', 10: 'ten', 12: 'twelve' } as const;

/** Around a millisecond on a fast machine: long enough for the clock, short enough to fit between interruptions. */
const stepsPerCall = 500_000;

/** Keeps the accumulators where they begin to be: near summand / (1 − factor). */
const [factor, summand] = [0.999, 0.001];

/**
 * Measures the limit of the thread that calls it: the rate of multiply-adds in registers, with 128-bit SIMD. It
 * blocks for `milliseconds` times the number of loops. No product can be faster, and a good one comes near.
 *
 * One loop is not safe: engines differ in the number of registers that they use, and machines in the number of
 * accumulators that keep them busy. So there are several, each repeated, and the best call of the best loop counts.
 *
 * @example
 * ```ts
 * import { measureLimit } from '@feedalign/wasm-training/limit';
 * const { gflops, relaxed } = measureLimit();
 * ```
 */
export function measureLimit({ allowRelaxed = true, milliseconds = 40 }: LimitOptions = {}): Limit {
  const { run, isRelaxed } = load(allowRelaxed);
  const rates = Object.entries(loops).map(([accumulators, name]): [accumulators: number, gflops: number] => {
    const operations = stepsPerCall * Number(accumulators) * 4 * 2;
    return [Number(accumulators), operations / (1e6 * fastest(run[name], milliseconds))];
  });
  return {
    gflops: Math.max(...rates.map(([, gflops]) => gflops)),
    relaxed: isRelaxed,
    loops: Object.fromEntries(rates),
  };
}

/** The milliseconds of the fastest call. */
function fastest(loop: Loop, milliseconds: number): number {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  while (performance.now() < end || best === Number.POSITIVE_INFINITY) {
    const start = performance.now();
    const checksum = loop(stepsPerCall, factor, summand);
    const taken = performance.now() - start;
    if (!Number.isFinite(checksum)) throw new Error(`The loop's checksum is ${checksum}.`);
    if (taken > 0) best = Math.min(best, taken);
  }
  return best;
}

const decode = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const loaded = new Map<boolean, { run: Record<string, Loop>; isRelaxed: boolean }>();

/** The compiled loops: once for each kind, since an engine optimises what it has run for a while. */
function load(allowRelaxed: boolean) {
  const before = loaded.get(allowRelaxed);
  if (before) return before;
  const fused = decode(relaxed);
  const isRelaxed = allowRelaxed && WebAssembly.validate(fused);
  const module = new WebAssembly.Module(isRelaxed ? fused : decode(plain));
  const run = new WebAssembly.Instance(module).exports as Record<string, Loop>;
  const made = { run, isRelaxed };
  loaded.set(allowRelaxed, made);
  return made;
}
