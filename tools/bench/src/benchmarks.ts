import type { Benchmark } from './benchmark.js';
import { adam } from './benchmarks/adam.js';
import { depth } from './benchmarks/depth.js';
import { jvp } from './benchmarks/jvp.js';
import { lenet } from './benchmarks/lenet.js';
import { matmul } from './benchmarks/matmul.js';
import { memory } from './benchmarks/memory.js';
import { mlp, mlpOneThread } from './benchmarks/mlp.js';
import { mlpLimit } from './benchmarks/mlp-limit.js';
import { mlpSmall } from './benchmarks/mlp-small.js';
import { mlpSmallWays } from './benchmarks/mlp-small-ways.js';
import { monitor } from './benchmarks/monitor.js';
import { noise } from './benchmarks/noise.js';
import { overhead } from './benchmarks/overhead.js';
import { peak } from './benchmarks/peak.js';
import { resnet20 } from './benchmarks/resnet20.js';
import { stockFit } from './benchmarks/stock-fit.js';

/** Every benchmark by its name; `all` runs them in this order. */
export const benchmarks = {
  peak,
  matmul,
  mlp,
  'mlp-1t': mlpOneThread,
  'mlp-limit': mlpLimit,
  'mlp-small': mlpSmall,
  'mlp-small-ways': mlpSmallWays,
  'stock-fit': stockFit,
  lenet,
  resnet20,
  adam,
  jvp,
  depth,
  noise,
  overhead,
  monitor,
  memory,
} as const satisfies Record<string, Benchmark>;

export type BenchmarkName = keyof typeof benchmarks;
