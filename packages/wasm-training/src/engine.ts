import { type TensorInfo, engine as tfjs, type Variable } from '@tensorflow/tfjs-core';
import { plain, relaxed } from './generated/binaries.js';

/** The part of tfjs' WASM backend that kernels of our own need. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  refCount(dataId: object): number;
}

/** The functions of the compiled assembly: what they take is said there. */
interface Assembly {
  productScratch(m: number, n: number, k: number): number;
  product(...given: number[]): void;
  accumulate(variable: number, value: number, count: number, scale: number, keep: number): void;
  adam(...given: number[]): void;
  sumRows(x: number, result: number, rows: number, columns: number): void;
}

/** The compiled assembly over the memory of one backend. */
export interface Engine {
  readonly assembly: Assembly;
  /** Whether multiply and add are one instruction. */
  readonly relaxed: boolean;
  /** Where a tensor's numbers begin, in bytes. */
  at(tensor: TensorInfo): number;
  /** A new tensor, its numbers not set. */
  output(shape: number[]): TensorInfo;
  /** At least so many bytes, which the next call may take again. */
  scratch(bytes: number): number;
  /** Where a variable's numbers begin, after a copy of its own was made when a clone or a reshape shares them. */
  owned(variable: Variable): number;
}

const decode = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/**
 * The engine for a backend: with relaxed SIMD where it validates. None when the backend's memory is shared between
 * threads, for which nothing is compiled yet.
 */
export function startEngine(backend: WasmBackend): Engine | undefined {
  const memory = backend.wasm.asm?.memory;
  if (!memory || !(memory.buffer instanceof ArrayBuffer)) return undefined;
  const fused = decode(relaxed);
  const isRelaxed = WebAssembly.validate(fused);
  const module = new WebAssembly.Module(isRelaxed ? fused : decode(plain));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const assembly = exports as unknown as Assembly;

  let address = 0;
  let size = 0;
  const at = (tensor: TensorInfo) => backend.dataIdMap.get(tensor.dataId).memoryOffset;
  return {
    assembly,
    relaxed: isRelaxed,
    at,
    output: (shape) => backend.makeOutput(shape, 'float32'),
    scratch: (bytes) => {
      if (bytes > size) {
        if (address) backend.wasm._free(address);
        size = bytes;
        address = backend.wasm._malloc(bytes) >>> 0;
      }
      return address;
    },
    owned: (variable) => {
      if (backend.refCount(variable.dataId) > 1) {
        const copy = backend.makeOutput(variable.shape, 'float32');
        const from = at(variable);
        backend.wasm.HEAPU8.copyWithin(at(copy), from, from + variable.size * 4);
        variable.assign(tfjs().makeTensorFromTensorInfo(copy) as typeof variable);
      }
      return at(variable);
    },
  };
}
