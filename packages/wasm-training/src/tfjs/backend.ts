import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What tfjs' WASM backend knows of a tensor's data. */
export interface TensorData {
  /** The number by which kernels of tfjs', and their caches, know it. */
  id: number;
  /** Where it lies; `nowhere` once it is gone. */
  memoryOffset: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  refCount: number;
}

/** The part of tfjs' WASM backend that kernels of our own need. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** tfjs' own table of functions. */
    readonly tfjs: {
      getThreadsCount(): number;
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  dataIdNextNumber: number;
  readonly dataIdMap: {
    get(dataId: object): TensorData;
    has(dataId: object): boolean;
    /** What `has` and `get` look into. */
    readonly data: { get(dataId: object): TensorData | undefined };
  };
  makeOutput(shape: number[], dtype: 'float32' | 'int32' | 'bool'): TensorInfo;
  refCount(dataId: object): number;
  incRef(dataId: object): void;
  disposeData(dataId: object, force?: boolean): boolean;
  readonly write: unknown;
  readonly move: unknown;
  readonly read: unknown;
  readonly readSync: unknown;
}

/**
 * Gives data another number, so that what tfjs' kernels have kept of it is forgotten: XNNPACK packs the weights of a
 * layer once, and knows them by that number.
 */
export function renumber(
  backend: WasmBackend,
  { dataId, shape }: Pick<TensorInfo, 'dataId' | 'shape'>,
): void {
  const data = backend.dataIdMap.get(dataId);
  const { tfjs } = backend.wasm;
  tfjs.disposeData(data.id);
  data.id = backend.dataIdNextNumber++;
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  tfjs.registerTensor(data.id, size, data.memoryOffset);
}

const nowhere = -1;

/** Sees that what is known of data says when they are gone, so that nobody has to look for them in a table. */
export function markGone(backend: WasmBackend): void {
  const { disposeData, dataIdMap } = backend;
  backend.disposeData = (dataId, force) => {
    const data = dataIdMap.data.get(dataId);
    const isGone = disposeData.call(backend, dataId, force);
    if (isGone && data) data.memoryOffset = nowhere;
    return isGone;
  };
}
