import { numberNow } from '@feedalign/core';
import { type Argument, buffersOf, isPlace, type Place, type Program, rowOf } from './program.js';

const placeWritten = ({ buffer, offset }: Place) =>
  offset === 0 ? `${buffer.name}#${buffer.id}` : `${buffer.name}#${buffer.id}+${offset}`;

const written = (argument: Argument): string => {
  if (isPlace(argument)) return placeWritten(argument);
  return typeof argument === 'number' ? `${argument}` : `slot(${numberNow(argument)})`;
};

/** A program for people to read: its buffers, then a line for each kernel. */
export function printed(program: Program): string {
  const buffers = [...buffersOf(program)].filter(({ kind }) => kind !== 'table');
  const lines = program.operations.map(({ kernel, parts, given, isChanging }, number) => {
    const { names } = rowOf(kernel);
    const all = given.map((argument, i) => `${names[i]} ${written(argument)}`);
    return `${number} ${kernel}${parts > 1 ? ` in ${parts} parts` : ''}${isChanging ? ', if the loss is finite' : ''}: ${all.join(', ')}`;
  });
  return [
    ...buffers.map(({ id, kind, bytes, name }) => `${name}#${id}: ${kind}, ${bytes} bytes`),
    ...lines,
    `outputs: ${program.outputs.map(placeWritten).join(', ')}`,
  ].join('\n');
}
