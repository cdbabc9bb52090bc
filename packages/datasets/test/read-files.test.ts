import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../src/index.js';
import type { Archive } from '../src/loaders/loader.js';
import { readFiles } from '../src/loaders/read-files.js';
import { fromFiles, messageOf } from './support.js';

const contents = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const file = {
  name: 'numbers',
  bytes: contents.length,
  sha256: createHash('sha256').update(contents).digest('hex'),
};
const packed = new Uint8Array(gzipSync(contents));
const gz: Archive = { name: 'numbers.gz', bytes: packed.length, format: 'gz', files: [file] };

describe('gunzip', () => {
  it('unpacks', async () => {
    expect(await gunzip(packed, 'file')).toEqual(contents);
  });

  it.each([
    ['cut in its header', packed.slice(0, 7)],
    ['cut in the middle', packed.slice(0, 300)],
    ['cut in its checksum', packed.slice(0, -3)],
    ['with a wrong byte', packed.with(300, packed[300] ^ 255)],
    ['that is none', Uint8Array.from([1, 2, 3])],
  ])('names a file %s', async (_, bytes) => {
    expect(await messageOf(gunzip(bytes, 'some/file.gz'))).toMatch(
      new RegExp(`^bad-data-file: some/file.gz is no whole gzip file: ${bytes.length} bytes`),
    );
  });
});

describe('readFiles', () => {
  it.each([
    ['packed', { 'numbers.gz': packed }],
    ['unpacked', { numbers: contents }],
    ['packed, under the name of what is in it', { numbers: packed }],
    ['unpacked on the way, under the packed name', { 'numbers.gz': contents }],
  ])('finds a file %s', async (_, files) => {
    const read = await readFiles([gz], fromFiles(files), true);
    expect(read.verified).toBe(true);
    expect(read.files.get('numbers')?.bytes).toEqual(contents);
  });

  it('finds and verifies a file in a tar archive', async () => {
    const tar = createTar([{ name: 'folder/' }, { name: 'folder/numbers', data: contents }]);
    const archive: Archive = { ...gz, name: 'all.tar.gz', format: 'tar.gz' };
    const read = await readFiles([archive], fromFiles({ 'all.tar.gz': new Uint8Array(gzipSync(tar)) }), true);
    expect(read.verified).toBe(true);
    expect(read.files.get('numbers')?.path).toBe('memory/all.tar.gz (numbers)');
  });

  it('tells a wrong checksum, with both', async () => {
    const wrong = contents.with(17, 252);
    const message = await messageOf(readFiles([gz], fromFiles({ numbers: wrong }), true));
    expect(message).toContain('memory/numbers has the wrong SHA-256');
    expect(message).toContain(`expected ${file.sha256}`);
    expect(message).toContain(`found ${createHash('sha256').update(wrong).digest('hex')}`);
    expect(message).toContain('Give others.');
    expect((await readFiles([gz], fromFiles({ numbers: wrong }), false)).verified).toBe(false);
  });

  it('tells a wrong length, and a missing file', async () => {
    const cut = fromFiles({ numbers: contents.slice(1) });
    expect(await messageOf(readFiles([gz], cut, true))).toContain('expected 5000 bytes, found 4999');
    expect(await messageOf(readFiles([gz], fromFiles({}), false))).toBe(
      'bad-data-file: numbers is missing: it is neither at memory/numbers nor in memory/numbers.gz. Give others.',
    );
  });
});
