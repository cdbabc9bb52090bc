// Options of a loading, lists of files, unzipped folders, and what is no model at all.
import { gzipSync, strToU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { loadKerasModel as inBrowser } from '../src/index.js';
import { loadKerasModel } from '../src/node.js';
import {
  difference,
  type Expected,
  filesOf,
  json,
  onBackend,
  predict,
  temporaryFolder,
  write,
} from './support.js';

onBackend('cpu');
const path = temporaryFolder();
const files = filesOf('keras3');
const of = (name: string) => files[`mlp/${name}`] as Uint8Array<ArrayBuffer>;
const shard = of('from-h5/group1-shard1of1.bin');
const expected = json<Expected>(of('data.json'));

const expectMlp = (model: Parameters<typeof predict>[0]) => {
  expect(difference(expected.outputs[0].values, predict(model, expected)[0].values)).toBeLessThan(1e-4);
};

/** The weights in two files. */
const inTwo = (() => {
  const model = json<{ weightsManifest: { paths: string[] }[] }>(of('from-h5/model.json'));
  model.weightsManifest[0].paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
  return {
    json: strToU8(JSON.stringify(model)) as Uint8Array<ArrayBuffer>,
    first: shard.slice(0, 100),
    second: shard.slice(100),
  };
})();

describe('an address', () => {
  const answers: Record<string, Uint8Array<ArrayBuffer>> = {
    'https://a.example/m/model.json?key=1': inTwo.json,
    'https://b.example/one?signed': inTwo.first,
    'https://b.example/two?signed': inTwo.second,
  };
  const asked: string[] = [];
  const fetch = async (url: RequestInfo | URL, init?: RequestInit) => {
    init?.signal?.throwIfAborted();
    asked.push(String(url));
    const bytes = answers[String(url)];
    return new Response(bytes, {
      status: bytes ? 200 : 404,
      headers: { 'content-length': `${bytes?.length}` },
    });
  };
  const weightUrl = async (name: string) =>
    `https://b.example/${name.includes('1of2') ? 'one' : 'two'}?signed`;

  it('of its own for each file of weights, by a fetch of its own, with progress', async () => {
    const seen: { loaded: number; total?: number }[] = [];
    const onProgress = (each: (typeof seen)[number]) => seen.push(each);
    expectMlp(await inBrowser('https://a.example/m/model.json?key=1', { fetch, weightUrl, onProgress }));
    expect(new Set(asked)).toEqual(new Set(Object.keys(answers)));
    const all = inTwo.json.length + shard.length;
    expect(seen.at(-1)).toEqual({ loaded: all, total: all });
    expect(seen.map(({ loaded }) => loaded)).toEqual(seen.map(({ loaded }) => loaded).sort((a, b) => a - b));
  });

  it('beside the model where nothing is said, with its query', async () => {
    const loading = inBrowser('https://a.example/m/model.json?key=1', { fetch });
    await expect(loading).rejects.toThrow(/m\/group1-shard\dof2\.bin\?key=1' is answered with 404/);
  });

  it('is left when the signal says so, for its reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(inBrowser('https://a.example/m/model.json?key=1', { fetch, signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('a list of files', () => {
  const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => new File([bytes], name);
  const model = file('model.json', inTwo.json);

  it('in any order, with the names that browsers give', async () => {
    const [first, second] = ['group1-shard1of2 (1).bin', 'group1-shard2of2.bin'];
    expectMlp(await inBrowser([file(second, inTwo.second), file(first, inTwo.first), model]));
  });

  it('that has one file twice, or not at all, is refused', async () => {
    const second = file('group1-shard2of2.bin', inTwo.second);
    const twice = [1, 2].map((i) => file(`group1-shard1of2 (${i}).bin`, inTwo.first));
    await expect(inBrowser([model, ...twice, second])).rejects.toThrow(
      /could be .*\(1\)\.bin' or .*\(2\)\.bin'/,
    );
    await expect(inBrowser([model, second])).rejects.toThrow(
      /weights in another file, 'group1-shard1of2\.bin'/,
    );
    await expect(inBrowser([])).rejects.toThrow(/no single one is a model/);
  });

  it('of an unzipped .keras file', async () => {
    const parts = Object.entries(unzipSync(of('model.keras')));
    expectMlp(await inBrowser(parts.map(([name, bytes]) => file(name, bytes as Uint8Array<ArrayBuffer>))));
  });
});

it('an unzipped .keras file as a folder', async () => {
  write(path('unzipped'), unzipSync(of('model.keras')));
  expectMlp(await loadKerasModel(path('unzipped')));
  expectMlp(await loadKerasModel(path('unzipped', 'config.json')));
});

describe('a manifest', () => {
  const [{ weights, paths }] = json<{ weightsManifest: { weights: object[]; paths: string[] }[] }>(
    of('from-h5/model.json'),
  ).weightsManifest;
  const withFirst = (change: object) => {
    const model = json<object>(of('from-h5/model.json'));
    const first = { ...weights[0], ...change };
    const bytes = strToU8(
      JSON.stringify({ ...model, weightsManifest: [{ paths, weights: [first, ...weights.slice(1)] }] }),
    );
    return [new File([bytes as Uint8Array<ArrayBuffer>], 'model.json'), new File([shard], paths[0])];
  };
  it.each<[object, RegExp]>([
    [{ name: undefined }, /has no name for weight 0/],
    [{ shape: undefined }, /has no shape for the weight/],
    [{ shape: [-1, 2] }, /has the shape \[-1,2\] for the weight/],
    [{ dtype: undefined }, /has no dtype for the weight/],
    [{ dtype: 'bfloat16' }, /in bfloat16, which is not read/],
  ])('with %o', async (change, words) => {
    await expect(inBrowser(withFirst(change))).rejects.toThrow(words);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a page', strToU8('<!DOCTYPE html><title>no</title>'), /shard1of1\.bin' is a web page/],
    [
      'a pointer',
      strToU8('version https://git-lfs.github.com/spec/v1\noid sha256:1\n'),
      /pointer of Git LFS.*git lfs pull/,
    ],
    ['gzip', gzipSync(shard), /is packed with gzip/],
    ['half of it', shard.slice(0, 99), /should be \d+ bytes, but there are 99/],
  ])('whose file of weights is %s', async (_, bytes, words) => {
    const [model] = withFirst({});
    await expect(inBrowser([model, new File([bytes as Uint8Array<ArrayBuffer>], paths[0])])).rejects.toThrow(
      words,
    );
  });
});

it.each<[string, Uint8Array, RegExp]>([
  ['m.tflite', Uint8Array.from([28, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33]), /TensorFlow Lite/],
  ['m.onnx', Uint8Array.from([8, 8, 0x12, 7]), /is an ONNX model/],
  ['m.safetensors', strToU8('\u0020\0\0\0\0\0\0\0{"a":1}'), /safetensors/],
  ['m.pt', Uint8Array.from([0x80, 2, 0x8a, 10]), /pickle of Python/],
  ['saved_model.pb', Uint8Array.from([8, 1, 0x12, 9]), /part of a SavedModel/],
  ['variables.data-00000-of-00001', Uint8Array.from([1, 2, 3]), /part of a SavedModel/],
  ['m.keras.gz', gzipSync(of('model.keras')), /packed with gzip/],
  ['m.keras', of('model.keras').slice(0, 500), /its end is missing, so it was cut off/],
  ['m.h5', of('model.h5').slice(0, -9), /should have \d+ bytes and has \d+, so it was cut off/],
])('%s says what it is', async (name, bytes, words) => {
  const error = await inBrowser(new File([bytes as Uint8Array<ArrayBuffer>], name)).catch((reason) => reason);
  expect(error).toMatchObject({ name: 'FeedalignError', message: expect.stringMatching(words) });
  expect(error.message).toContain(`'${name}'`);
});

describe('weights are laid by their names', () => {
  it('in whatever order the manifest has them', async () => {
    const model = json<{
      weightsManifest: { paths: string[]; weights: { name: string; shape: number[] }[] }[];
    }>(files['cnn/from-h5/model.json']);
    const [{ weights, paths }] = model.weightsManifest;
    const bytes = files[`cnn/from-h5/${paths[0]}`];
    let at = 0;
    const parts = weights.map((weight) => {
      const length = 4 * weight.shape.reduce((a, b) => a * b, 1);
      at += length;
      return { weight, bytes: bytes.slice(at - length, at) };
    });
    const turned = parts.reverse();
    model.weightsManifest[0].weights = turned.map(({ weight }) => weight);
    const joined = Uint8Array.from(turned.flatMap((part) => [...part.bytes]));
    const text = strToU8(JSON.stringify(model)) as Uint8Array<ArrayBuffer>;
    const loaded = await inBrowser([new File([text], 'model.json'), new File([joined], paths[0])]);
    const right = json<Expected>(files['cnn/data.json']);
    expect(difference(right.outputs[0].values, predict(loaded, right)[0].values)).toBeLessThan(1e-4);
  });
});
