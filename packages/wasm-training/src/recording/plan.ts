import { type Buffer, effectsOf, type Program } from './program.js';

/** Where each buffer of the program's own lies in one block of memory. */
export interface Plan {
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly bytes: number;
}

/** From which operation to which a buffer holds what somebody will read. */
interface Lifetime {
  readonly buffer: Buffer;
  readonly first: number;
  readonly last: number;
}

const alignment = 64;
/** Kernels read whole vectors, also at the end. */
const spare = 64;
const roomFor = ({ bytes }: Buffer) => (bytes + spare + alignment - 1) & ~(alignment - 1);

const isOwn = ({ kind }: Buffer) => kind === 'temporary' || kind === 'input';

export function lifetimesOf(program: Program): Lifetime[] {
  const first = new Map<Buffer, number>(program.inputs.map((buffer) => [buffer, -1]));
  const last = new Map<Buffer, number>();
  const end = program.operations.length;
  program.operations.forEach((operation, number) => {
    for (const { place } of effectsOf(operation, program)) {
      const { buffer } = place;
      if (!first.has(buffer)) first.set(buffer, number);
      last.set(buffer, number);
    }
  });
  for (const { buffer } of program.outputs) last.set(buffer, end);
  return [...first]
    .filter(([buffer]) => isOwn(buffer))
    .map(([buffer, begin]) => ({ buffer, first: begin, last: Math.max(begin, last.get(buffer) ?? -1) }));
}

/** Gives each buffer a place: the lowest that nobody has who is alive at the same time, the largest buffers first. */
export function planned(program: Program): Plan {
  const lifetimes = lifetimesOf(program).sort((a, b) => b.buffer.bytes - a.buffer.bytes || a.first - b.first);
  const placed: (Lifetime & { readonly offset: number })[] = [];
  for (const life of lifetimes) {
    const neighbours = placed
      .filter((other) => other.first <= life.last && life.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + roomFor(life.buffer) <= other.offset) break;
      offset = Math.max(offset, other.offset + roomFor(other.buffer));
    }
    placed.push({ ...life, offset });
  }
  return {
    offsets: new Map(placed.map(({ buffer, offset }) => [buffer, offset])),
    bytes: placed.reduce((most, { buffer, offset }) => Math.max(most, offset + roomFor(buffer)), 0),
  };
}
