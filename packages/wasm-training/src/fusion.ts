import type { Call, Engine } from './engine.js';
import { kernels } from './generated/engine.js';

/**
 * A recorded step with each mask δ = signal ⊙ f′ put into the last store of the product that makes the signal, where
 * that product's result is read for nothing else.
 *
 * @param isTaken whether the tensor at this address is read by another kernel, or is wanted outside
 */
export function fused(engine: Engine, calls: readonly Call[], isTaken: (address: number) => boolean): Call[] {
  const kept: Call[] = [];
  for (const call of calls) {
    const last = kept.at(-1);
    const masked = last && withMask(engine, last, call, isTaken);
    if (masked) kept[kept.length - 1] = masked;
    else kept.push(call);
  }
  return kept;
}

function withMask(
  engine: Engine,
  { task, parts, words }: Call,
  gradient: Call,
  isTaken: (address: number) => boolean,
): Call | undefined {
  if (task !== kernels.product.task || gradient.task !== kernels.activationGradient.task) return undefined;
  const [a, aRow, aColumn, packed, c, cRow, m, n, k, finish, acrossColumns] = words;
  const [signal, output, input, result, count, derivative] = gradient.words;
  if (signal !== c || count !== m * n || cRow !== n || isTaken(c >>> 0)) return undefined;
  engine.mask(finish, { derivative, toOutput: output - result, toInput: input - result });
  const changed = [a, aRow, aColumn, packed, result, cRow, m, n, k, finish, acrossColumns];
  return { task, parts, words: Int32Array.from(changed) };
}
