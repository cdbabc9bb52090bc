import {
  type Buffer,
  effectsOf,
  isPlace,
  type Operation,
  type Place,
  type Pointer,
  type Program,
  rowOf,
  type Table,
} from './program.js';

/** Words of what a product's last store does: see assembly/tile.ts. */
const derivativeWord = 4;
const toOutputWord = 5;
const toInputWord = 6;

const argument = ({ kernel, given }: Operation, name: string) => given[rowOf(kernel).names.indexOf(name)];
const placeOf = (operation: Operation, name: string) => argument(operation, name) as Place;

/**
 * The program with each mask δ = signal ⊙ f′ put into the last store of the product that makes the signal, where that
 * product's result is read for nothing else.
 */
export function fused(program: Program): Program {
  const readers = new Map<Buffer, number>();
  const count = (buffer: Buffer) => readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  for (const operation of program.operations) {
    for (const { place, effect } of effectsOf(operation, program))
      if (effect !== 'writes') count(place.buffer);
  }
  for (const { buffer } of program.outputs) count(buffer);

  const tables = new Map(program.tables);
  const operations: Operation[] = [];
  for (const operation of program.operations) {
    const last = operations.at(-1);
    if (last && isMask(last, operation, readers))
      operations[operations.length - 1] = masked(last, operation, tables);
    else operations.push(operation);
  }
  return { ...program, operations, tables };
}

/** Whether an operation is the mask over a product that nobody else reads. */
function isMask(product: Operation, mask: Operation, readers: ReadonlyMap<Buffer, number>): boolean {
  if (product.kernel !== 'product' || mask.kernel !== 'activationGradient') return false;
  const [c, signal] = [placeOf(product, 'c'), placeOf(mask, 'signal')];
  const size = (argument(product, 'm') as number) * (argument(product, 'n') as number);
  return (
    c.buffer.kind === 'temporary' &&
    c.buffer === signal.buffer &&
    c.offset === signal.offset &&
    readers.get(c.buffer) === 1 &&
    argument(mask, 'count') === size &&
    argument(product, 'cRow') === argument(product, 'n')
  );
}

function masked(product: Operation, mask: Operation, tables: Map<Buffer, Table>): Operation {
  const result = placeOf(mask, 'result');
  const { buffer } = placeOf(product, 'finish');
  const table = tables.get(buffer) as Table;
  const words = table.words.slice();
  words[derivativeWord] = argument(mask, 'activation') as number;
  const distance = (name: string): Pointer => ({ place: placeOf(mask, name), effect: 'reads', from: result });
  const pointers = new Map([
    ...table.pointers,
    [toOutputWord, distance('y')] as const,
    [toInputWord, distance('a')] as const,
  ]);
  tables.set(buffer, { ...table, words, pointers });
  const { names } = rowOf('product');
  return {
    ...product,
    given: product.given.map((each, i) => (names[i] === 'c' && isPlace(each) ? result : each)),
  };
}
