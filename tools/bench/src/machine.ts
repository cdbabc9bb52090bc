import { availableParallelism, cpus } from 'node:os';
import type { Measured } from './measure.js';

/** Where a result was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** The version of tfjs-core. */
  readonly tfjs: string;
  /** Whether the training kernels ran with relaxed SIMD. */
  readonly relaxed: boolean;
  /** That computed, the most of any part. */
  readonly threads: number;
}

export const cpuModel = (): string => cpus()[0]?.model.trim() ?? 'unknown';
export const cores = (): number => availableParallelism();

export function machineOf(facts: Measured['facts']): Machine {
  const all = Object.values(facts);
  return {
    cpu: cpuModel(),
    cores: cores(),
    node: process.versions.node,
    tfjs: all[0].tfjs,
    relaxed: all.some(({ engine }) => engine?.relaxed),
    threads: Math.max(...all.map(({ engine }) => engine?.threads ?? 1)),
  };
}
