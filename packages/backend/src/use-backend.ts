import { FeedalignError } from '@feedalign/core';
import { engine, findBackendFactory, getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import { correctStockKernels } from './tfjs/stock-corrections.js';

interface Engine {
  /** The package that registers it. */
  readonly package: string;
  /** tfjs' own name for it. */
  readonly tfjsName: string;
  /** What it is, for people who choose. */
  readonly title: string;
}

/** The engines one can choose, by the names that `useBackend`, the CLI and the demo take. */
export const backends = {
  wasm: { package: '@tensorflow/tfjs-backend-wasm', tfjsName: 'wasm', title: 'WebAssembly with SIMD' },
  cpu: {
    package: '@tensorflow/tfjs-backend-cpu',
    tfjsName: 'cpu',
    title: 'plain JavaScript: slow, everywhere',
  },
  node: { package: '@tensorflow/tfjs-node', tfjsName: 'tensorflow', title: 'native TensorFlow, Node only' },
  webgl: {
    package: '@tensorflow/tfjs-backend-webgl',
    tfjsName: 'webgl',
    title: 'GPU through WebGL, browsers',
  },
  webgpu: { package: '@tensorflow/tfjs-backend-webgpu', tfjsName: 'webgpu', title: 'GPU through WebGPU' },
} as const satisfies Record<string, Engine>;

export type BackendName = keyof typeof backends;

export interface BackendInUse {
  readonly backend: BackendName;
  /** Threads that compute; one where the engine does not say. */
  readonly threads: number;
}

/** What 'auto' tries, in order. */
const preference: readonly BackendName[] = ['wasm', 'cpu'];

/**
 * Chooses the engine that tensors live on, and waits until it is ready.
 *
 * `auto` takes WASM, and plain JavaScript where that cannot run. In Node the engine's package is imported when it is
 * installed; in a browser the page imports it first, since a bundler must see it. Stock kernels that compute wrong numbers
 * are replaced on the way (`correctStockKernels`).
 *
 * @example
 * ```ts
 * const { backend, threads } = await useBackend('wasm');
 * ```
 * @throws FeedalignError `unknown-name` for a name that is not in `backends`
 * @throws FeedalignError `backend-unavailable` when its package is missing or it cannot start
 */
export async function useBackend(name: BackendName | 'auto' = 'auto'): Promise<BackendInUse> {
  if (name !== 'auto') return start(name);
  const reasons: string[] = [];
  for (const candidate of preference) {
    try {
      return await start(candidate);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new FeedalignError('backend-unavailable', 'No backend can start here.', reasons.join(' '));
}

async function start(name: BackendName): Promise<BackendInUse> {
  const chosen: Engine | undefined = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (!chosen) {
    const names = ['auto', ...Object.keys(backends)].join(', ');
    throw new FeedalignError('unknown-name', `There is no backend '${name}'.`, `Use one of ${names}.`);
  }
  if (!findBackendFactory(chosen.tfjsName)) await importPackage(chosen, name);
  const before: string | undefined = getBackend();
  const started = await setBackend(chosen.tfjsName).catch(() => false);
  if (!started || getBackend() !== chosen.tfjsName) {
    // tfjs lets go of the backend in use before it tries another: without this, nothing could compute any more.
    if (before) await setBackend(before).catch(() => false);
    throw new FeedalignError(
      'backend-unavailable',
      `The backend '${name}' cannot start here.`,
      'Use another one.',
    );
  }
  await ready();
  correctStockKernels();
  return { backend: name, threads: threadsInUse() };
}

async function importPackage(chosen: Engine, name: string): Promise<void> {
  try {
    // The specifier is a variable so that bundlers leave the import alone: not every page has every engine.
    const specifier: string = chosen.package;
    await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
  } catch (error) {
    throw new FeedalignError(
      'backend-unavailable',
      `The backend '${name}' needs the package ${chosen.package}, which cannot be loaded here.`,
      `Install it, or import it before this call.`,
      { cause: error },
    );
  }
}

function threadsInUse(): number {
  const { wasm } = engine().backend as { wasm?: { tfjs?: { getThreadsCount?: () => number } } };
  return Math.max(1, wasm?.tfjs?.getThreadsCount?.() ?? 1);
}
