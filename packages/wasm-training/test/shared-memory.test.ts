import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { plain } from '../src/generated/engine.js';
import { overSharedMemory, withSharedMemory } from '../src/tfjs/shared-memory.js';

const decode = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
const tfjsModule = (name: string) => Uint8Array.from(readFileSync(join(folder, 'wasm-out', name)));

it('changes one bit of the memory that a module makes, or of the one that it imports', () => {
  for (const binary of [
    tfjsModule('tfjs-backend-wasm-simd.wasm'),
    tfjsModule('tfjs-backend-wasm.wasm'),
    decode(plain),
  ]) {
    const unshared = withSharedMemory(binary, false) as Uint8Array<ArrayBuffer>;
    const shared = withSharedMemory(binary, true) as Uint8Array<ArrayBuffer>;
    expect(WebAssembly.validate(unshared)).toBe(true);
    expect(WebAssembly.validate(shared)).toBe(true);
    const different = shared.filter((byte, i) => byte !== unshared[i]);
    expect(different.length).toBe(1);
  }
});

it('leaves a module alone that has no memory of its own, or none with a maximum', () => {
  // (module), and (module (memory 1))
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  expect(withSharedMemory(Uint8Array.from(header), true)).toBeUndefined();
  expect(withSharedMemory(Uint8Array.from([...header, 5, 3, 1, 0, 1]), true)).toBeUndefined();
});

it('shares the memory of modules that are tfjs, and of no others, and only meanwhile', async () => {
  const { instantiate, instantiateStreaming } = WebAssembly;
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536 });
  const ours = withSharedMemory(decode(plain), false) as BufferSource;
  const made = await overSharedMemory(async () => {
    expect(WebAssembly.instantiate).not.toBe(instantiate);
    return (await WebAssembly.instantiate(ours, { env: { memory, overdue: () => 0 } })).instance;
  });
  expect(made.exports.dispatch).toBeDefined();
  expect(WebAssembly.instantiate).toBe(instantiate);
  expect(WebAssembly.instantiateStreaming).toBe(instantiateStreaming);
  await expect(overSharedMemory(() => Promise.reject(new Error('no start')))).rejects.toThrow('no start');
  expect(WebAssembly.instantiate).toBe(instantiate);
});
