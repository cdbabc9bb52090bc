import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { describe, expect, it } from 'vitest';
import { datasets, parseCifar10 } from '../src/index.js';
import { cifarFiles, cifarRecord, fromFiles, messageOf } from './support.js';

describe('parseCifar10', () => {
  it('puts the channels of each pixel side by side', () => {
    const { count, images, labels } = parseCifar10(
      Uint8Array.from([...cifarRecord(7), ...cifarRecord(2)]),
      'file',
    );
    expect(count).toBe(2);
    expect([...labels]).toEqual([7, 2]);
    expect([...images.subarray(0, 6)]).toEqual([1, 2, 3, 2, 3, 4]);
    const last = 2 * 3072 - 3;
    const planes = cifarRecord(2);
    expect([...images.subarray(last)]).toEqual([planes[1024], planes[2048], planes[3072]]);
  });

  it.each([
    ['an empty file', new Uint8Array(), 'expected a multiple of 3073 bytes, found 0'],
    ['a cut file', cifarRecord(1).subarray(1), 'expected a multiple of 3073 bytes, found 3072'],
    ['a label out of range', cifarRecord(10), 'has label 10 for example 0, expected 0 to 9'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => parseCifar10(bytes, 'some/file')).toThrow(`some/file`);
    expect(() => parseCifar10(bytes, 'some/file')).toThrow(problem);
  });
});

describe('the CIFAR-10 loader', () => {
  const load = (files: Record<string, Uint8Array<ArrayBuffer>>, requireChecksums = false) =>
    datasets.cifar10.load({ source: fromFiles(files), requireChecksums });
  const archive = (files: Record<string, Uint8Array>) =>
    createTar(
      Object.entries(files).map(([name, data]) => ({ name: `cifar-10-batches-bin/${name}`, data })),
    ) as Uint8Array<ArrayBuffer>;

  it('reads unpacked files, in order, and says that they are not the published ones', async () => {
    const data = await load(cifarFiles());
    expect(data.name).toBe('cifar10 (unverified)');
    expect([...data.train.labels]).toEqual([0, 1, 2, 3, 4]);
    expect([...data.test.labels]).toEqual([9]);
    expect(data.train.inputs.length).toBe(5 * 3072);
  });

  it('reads the same from the archive', async () => {
    const packed = { 'cifar-10-binary.tar.gz': new Uint8Array(gzipSync(archive(cifarFiles()))) };
    expect(await load(packed)).toEqual(await load(cifarFiles()));
  });

  it('refuses files that are not the published ones unless told otherwise', async () => {
    const message = await messageOf(load(cifarFiles(), true));
    expect(message).toContain('memory/data_batch_1.bin has the wrong length unpacked');
    expect(message).toContain('expected 30730000 bytes, found 3073');
  });

  it.each([
    ['a cut archive', (tar: Uint8Array) => gzipSync(tar.subarray(0, 2000)), 'is no whole tar archive'],
    ['something else', () => Buffer.from('<html>Moved</html>'), 'data_batch_1.bin is missing'],
    ['cut gzip data', (tar: Uint8Array) => gzipSync(tar).subarray(0, -20), 'is no whole gzip file'],
  ])('refuses %s in place of the archive', async (_, damage, problem) => {
    const packed = { 'cifar-10-binary.tar.gz': new Uint8Array(damage(archive(cifarFiles()))) };
    expect(await messageOf(load(packed))).toContain(problem);
  });

  it('names the file with a wrong label, and a file that is missing', async () => {
    expect(await messageOf(load(cifarFiles(12)))).toContain('memory/data_batch_4.bin has label 12');
    const { 'data_batch_5.bin': _, ...files } = cifarFiles();
    expect(await messageOf(load(files))).toContain(
      'neither at memory/data_batch_5.bin nor in memory/cifar-10',
    );
  });
});
