import { getKernel, registerKernel, engine as tfjs, unregisterKernel } from '@tensorflow/tfjs-core';
import { type Engine, startEngine, type WasmBackend } from './engine.js';
import { configOf, kernelsOver } from './kernels.js';
import { replacements } from './stock.js';

/** A kernel that computes nothing: tfjs calls its set-up when the WASM backend starts. */
const starter = 'FeedalignWasmTraining';

let installed: { readonly backend: WasmBackend; readonly engine: Engine } | undefined;

/**
 * Registers the training kernels for the WASM backend: at once where it runs already, else when it starts. Where its
 * memory is shared between threads nothing is registered, and tfjs' own kernels serve as before.
 */
export function install(): void {
  if (getKernel(starter, 'wasm')) return;
  registerKernel({
    kernelName: starter,
    backendName: 'wasm',
    kernelFunc: () => [],
    setupFunc: (backend) => start(backend as unknown as WasmBackend),
  });
  const running = tfjs().registry.wasm as unknown as WasmBackend | undefined;
  if (running) start(running);
}

function start(backend: WasmBackend): void {
  if (installed?.backend === backend) return;
  const engine = startEngine(backend);
  if (!engine) return;
  const isFirst = installed === undefined;
  installed = { backend, engine };
  for (const [name, kernel] of Object.entries(kernelsOver(engine))) {
    if (!isFirst) unregisterKernel(name, 'wasm');
    registerKernel(configOf(name, kernel));
  }
  for (const [name, replace] of Object.entries(replacements(engine))) {
    const stock = stockKernels.get(name) ?? getKernel(name, 'wasm');
    if (!stock) continue;
    stockKernels.set(name, stock);
    unregisterKernel(name, 'wasm');
    registerKernel({ ...stock, kernelFunc: replace(stock) });
  }
}

const stockKernels = new Map<string, NonNullable<ReturnType<typeof getKernel>>>();

/** Whether the training kernels serve the WASM backend, and whether with relaxed SIMD. */
export function isInstalled(): { readonly relaxed: boolean } | undefined {
  return installed && { relaxed: installed.engine.relaxed };
}
