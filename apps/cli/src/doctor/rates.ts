import { measureLimit } from '@feedalign/wasm-training/limit';
import { dispose, matMul, randomUniform, type Tensor } from '@tensorflow/tfjs-core';

/** The rate of a product, in one of the forms in which operands can lie. */
interface ProductRate {
  /** As one writes it: `Aᵀ·B` takes A stored as its transpose. */
  readonly form: string;
  readonly gflops: number;
  /** Of what all threads can do; where the limit is that of the backend. */
  readonly share?: number;
}

export interface RateReport {
  /** What one thread can do at most, in GFLOP/s: the best of several loops in registers, or of the products. */
  readonly limit: number;
  /** Whether the loops multiplied and added in one instruction. */
  readonly relaxedSimd: boolean;
  /** Threads that computed the products; where the limit is that of the backend. */
  readonly threads?: number;
  /** The number of rows and columns of the matrices. */
  readonly size: number;
  readonly products: readonly ProductRate[];
}

const size = 512;

/** Long enough for the engine to optimise what runs, and for a quiet moment of the machine. */
const milliseconds = 1200;

/** Of each measurement, in milliseconds: long against what reading costs, short against what interrupts. */
const perMeasurement = 20;

const forms: readonly (readonly [form: string, transposeA: boolean, transposeB: boolean])[] = [
  ['A·B', false, false],
  ['Aᵀ·B', true, false],
  ['A·Bᵀ', false, true],
  ['Aᵀ·Bᵀ', true, true],
];

/**
 * Measures `tf.matMul` of square matrices on the backend in use, and the limit of this machine's 128-bit SIMD.
 *
 * @param threads that compute products on the WASM backend; undefined where another one is in use, whose products have
 * another limit
 */
export async function measureRates(threads: number | undefined): Promise<RateReport> {
  const measured = measureLimit();
  const rates = await productRates();
  const perThread = threads === undefined ? [] : rates.map(([, gflops]) => gflops / threads);
  const limit = Math.max(measured.gflops, ...perThread);
  return {
    limit,
    relaxedSimd: measured.relaxed,
    size,
    threads,
    products: rates.map(([form, gflops]) => ({
      form,
      gflops,
      ...(threads !== undefined && { share: gflops / (limit * threads) }),
    })),
  };
}

/** The best of several measurements of each form, taken in turns. */
async function productRates(): Promise<[form: string, gflops: number][]> {
  const [a, b] = [1, 2].map((seed) => randomUniform([size, size], -1, 1, 'float32', seed));
  const timeOf = (transposeA: boolean, transposeB: boolean, times: number) =>
    timePerProduct(() => matMul(a, b, transposeA, transposeB), times);
  const best = new Map<string, number>();
  try {
    const end = performance.now() + milliseconds;
    const times = Math.max(1, Math.round(perMeasurement / (await timeOf(false, false, 1))));
    do {
      for (const [form, transposeA, transposeB] of forms) {
        const gflops = (2 * size ** 3) / (1e6 * (await timeOf(transposeA, transposeB, times)));
        best.set(form, Math.max(best.get(form) ?? 0, gflops));
      }
    } while (performance.now() < end);
  } finally {
    dispose([a, b]);
  }
  return [...best];
}

/** How long one of several products takes. That the last is there, maybe on a graphics card, is known by reading it. */
async function timePerProduct(multiply: () => Tensor, times: number): Promise<number> {
  const start = performance.now();
  for (let i = 1; i < times; i++) dispose(multiply());
  const last = multiply();
  await last.data();
  dispose(last);
  return (performance.now() - start) / times;
}
