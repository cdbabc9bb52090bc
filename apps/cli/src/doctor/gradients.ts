import { dispose, tidy } from '@tensorflow/tfjs-core';
import type { Check, Found, Implementation } from './check.js';
import { type Expected, relativeError } from './differences.js';

/** How one implementation of one operation did. */
export interface GradientVerdict {
  readonly operation: string;
  readonly implementation: Implementation;
  /** `missing`: the backend has no such kernel, so that training fails aloud. */
  readonly verdict: 'ok' | 'wrong' | 'missing';
  /** The largest relative error, of the gradient or output named `worst`. */
  readonly error?: number;
  readonly worst?: string;
  /** What was thrown. */
  readonly reason?: string;
}

/** Above this an error is no rounding of 32-bit floats: those of right kernels stay below a tenth of it. */
const tolerance = 1e-4;

/** Runs the checks on the backend in use, one after the other. */
export async function checkGradients(checks: readonly Check[]): Promise<GradientVerdict[]> {
  const verdicts: GradientVerdict[] = [];
  for (const { operation, expected, by } of checks) {
    const known = expected();
    for (const [implementation, compute] of Object.entries(by)) {
      const title = { operation, implementation: implementation as Implementation };
      verdicts.push({ ...title, ...(await judge(compute, known)) });
    }
  }
  return verdicts;
}

async function judge(
  compute: () => Found,
  expected: Readonly<Record<string, Expected>>,
): Promise<Pick<GradientVerdict, 'verdict' | 'error' | 'worst' | 'reason'>> {
  let found: Found;
  try {
    found = tidy(() => compute() as never) as Found;
  } catch (thrown) {
    const reason = (thrown as Error).message.split('\n')[0];
    return { verdict: /Kernel '.*' not registered/.test(reason) ? 'missing' : 'wrong', reason };
  }
  const [worst, error] = (await errorsOf(found, expected)).reduce((a, b) => (b[1] > a[1] ? b : a));
  if (!Number.isFinite(error)) return { verdict: 'wrong', worst, reason: 'not a number, or too few numbers' };
  return { verdict: error < tolerance ? 'ok' : 'wrong', error, worst };
}

/** The relative error of each tensor that was found, by what it is; disposes them. */
async function errorsOf(
  found: Found,
  expected: Readonly<Record<string, Expected>>,
): Promise<[string, number][]> {
  try {
    const errors = found.map(
      async ([of, tensor]): Promise<[string, number]> => [
        of,
        relativeError(await tensor.data(), expected[of]),
      ],
    );
    return await Promise.all(errors);
  } finally {
    dispose(found.map(([, tensor]) => tensor));
  }
}
