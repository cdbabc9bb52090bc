import {
  getKernel,
  type KernelBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** The same numbers but for the first, in a tensor of its own. */
function spoiled(right: TensorInfo, backend: KernelBackend): TensorInfo {
  if (right.dtype !== 'float32') return right;
  const numbers = Float32Array.from(backend.readSync(right.dataId) as Float32Array);
  numbers[0] += 0.5;
  return { ...right, dataId: backend.write(numbers, right.shape, 'float32') };
}

/**
 * Replaces a kernel by one whose results begin with a wrong number, or which does nothing where it has none but writes
 * into a variable or another tensor, or decides whether others do. Returns what puts the right one back.
 */
export function makeWrong(kernelName: string, backendName: string): () => void {
  const right = getKernel(kernelName, backendName);
  const replaceBy = (config: KernelConfig) => {
    unregisterKernel(kernelName, backendName);
    registerKernel(config);
  };
  replaceBy({
    ...right,
    kernelFunc: (given) => {
      const writesInto = 'variable' in given.inputs || 'place' in given.inputs;
      const decides = ['FeedalignGuard', 'FeedalignUnguard'].includes(kernelName);
      const results = writesInto || decides ? [] : right.kernelFunc(given);
      const backend = given.backend as KernelBackend;
      return Array.isArray(results)
        ? results.map((each) => spoiled(each, backend))
        : spoiled(results, backend);
    },
  });
  return () => replaceBy(right);
}
