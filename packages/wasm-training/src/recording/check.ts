import { type Buffer, effectsOf, type Operation, type Place, type Program } from './program.js';

/** Kernels that write each number where they have read it, so that the two may be the same. */
const inPlace: ReadonlySet<string> = new Set(['activateAll', 'activationGradient', 'combine', 'mapAll']);

const isOverlapping = (a: Place, b: Place) => a.buffer === b.buffer;
const isSame = (a: Place, b: Place) => a.buffer === b.buffer && a.offset === b.offset;

/**
 * What is wrong with a program; none where it computes what it says.
 *
 * Whatever is read was written before, or comes from outside; nothing that is put in from outside is written to; no
 * kernel writes over what it reads; and every place lies within its buffer.
 */
export function faultsOf(program: Program): string[] {
  const faults: string[] = [];
  const written = new Set<Buffer>();
  const isThere = ({ kind }: Buffer) => kind !== 'temporary';
  const check = (operation: Operation, number: number) => {
    const effects = effectsOf(operation, program);
    const fault = (text: string) => faults.push(`${number} ${operation.kernel}: ${text}`);
    for (const { place, effect } of effects) {
      const { buffer, offset } = place;
      if (offset < 0 || offset > buffer.bytes) fault(`${buffer.name} has no place ${offset}`);
      if (effect !== 'writes' && !isThere(buffer) && !written.has(buffer))
        fault(`${buffer.name} is read before it is written`);
      const isFixed = ['input', 'constant', 'table'].includes(buffer.kind);
      if (effect !== 'reads' && isFixed) fault(`${buffer.name} is written to, a ${buffer.kind}`);
      if (effect !== 'reads' && buffer.kind === 'variable' && !operation.isChanging) {
        fault(`${buffer.name} is written to whether or not the loss is finite`);
      }
      if (effect !== 'writes') continue;
      const taken = effects.find(
        (other) =>
          other.effect === 'reads' &&
          isOverlapping(other.place, place) &&
          !(inPlace.has(operation.kernel) && isSame(other.place, place)),
      );
      if (taken && buffer.kind === 'temporary' && !isApart(taken.place, place))
        fault(`${buffer.name} is read and written`);
    }
    for (const { place, effect } of effects) if (effect !== 'reads') written.add(place.buffer);
  };
  program.operations.forEach(check);
  if (new Set(program.inputs).size < program.inputs.length) faults.push('two inputs are one buffer');
  for (const { buffer } of program.outputs) {
    if (!isThere(buffer) && !written.has(buffer)) faults.push(`the output ${buffer.name} is not written`);
  }
  return faults;
}

/** Places of one buffer that a kernel keeps apart: a scratch that holds several things, one behind the other. */
const isApart = (a: Place, b: Place) => a.offset !== b.offset && a.buffer.name === 'tables';
