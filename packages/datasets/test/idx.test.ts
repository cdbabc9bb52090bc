import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdx } from '../src/index.js';
import { idxFile } from './support.js';

describe('parseIdx', () => {
  it('reads back any array that was written', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat(255)), (shape, stream) => {
        const size = shape.reduce((product, axis) => product * axis, 1);
        const values = Array.from({ length: size }, () => stream.next().value as number);
        const read = parseIdx(idxFile(shape, values), 'file');
        expect(read.shape).toEqual(shape);
        expect([...read.values]).toEqual(values);
      }),
    );
  });

  it('reads a view into larger memory', () => {
    const memory = new Uint8Array([9, 9, 9, ...idxFile([2], [5, 6]), 9]);
    expect([...parseIdx(memory.subarray(3, -1), 'file').values]).toEqual([5, 6]);
  });

  it.each([
    ['an empty file', new Uint8Array(), 'expected it to start with 00 00 08, found nothing'],
    ['another format', Uint8Array.from([0x1f, 0x8b, 8, 0, 0]), 'found 1f 8b 08 00'],
    ['another element type', Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 0]), 'found 00 00 0d 01'],
    ['a cut header', idxFile([2, 2], [1, 2, 3, 4]).subarray(0, 9), 'expected at least 12 bytes, found 9'],
    ['a cut body', idxFile([2, 2], [1, 2, 3]), 'for shape [2, 2]: expected 16 bytes, found 15'],
    ['bytes too many', idxFile([2, 2], [1, 2, 3, 4, 5]), 'expected 16 bytes, found 17'],
    ['a wrong count', idxFile([4_000_000_000, 28, 28], []), 'expected 3136000000016 bytes, found 16'],
  ])('names the file, what was expected and what was found for %s', (_, bytes, problem) => {
    expect(() => parseIdx(bytes, 'some/file')).toThrow(expect.objectContaining({ code: 'bad-data-file' }));
    expect(() => parseIdx(bytes, 'some/file')).toThrow(/^some\/file /);
    expect(() => parseIdx(bytes, 'some/file')).toThrow(problem);
  });
});
