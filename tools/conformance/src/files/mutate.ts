// Changes to files, as broken discs, half downloads and people who mean harm make them.
import type { Dice } from '../attack/dice.js';

const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

const changes: readonly ((bytes: Uint8Array, chance: Dice) => Uint8Array)[] = [
  (bytes, chance) => {
    for (let i = chance.int(1, 8); i > 0; i--) bytes[chance.int(0, bytes.length - 1)] = chance.int(0, 255);
    return bytes;
  },
  (bytes, chance) => {
    bytes[chance.int(0, bytes.length - 1)] ^= 1 << chance.int(0, 7);
    return bytes;
  },
  (bytes, chance) => bytes.slice(0, chance.int(0, bytes.length - 1)),
  (bytes, chance) => bytes.slice(chance.int(0, Math.min(bytes.length - 1, 64))),
  (bytes, chance) => {
    const at = chance.int(0, Math.max(0, bytes.length - 4));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (at + 4 <= bytes.length) view.setUint32(at, chance.pick(extremes), chance.chance(0.5));
    return bytes;
  },
  (bytes, chance) => {
    const from = chance.int(0, bytes.length - 1);
    return Uint8Array.from([...bytes.slice(0, from), ...bytes.slice(chance.int(0, bytes.length - 1))]);
  },
  (bytes, chance) => {
    const [from, to] = [chance.int(0, bytes.length - 1), chance.int(0, bytes.length - 1)];
    bytes.set(bytes.slice(from, from + chance.int(1, 64)).subarray(0, bytes.length - to), to);
    return bytes;
  },
  (bytes, chance) => {
    const from = chance.int(0, bytes.length - 1);
    return bytes.fill(chance.pick([0, 0xff]), from, from + chance.int(1, 256));
  },
];

/** The bytes with a few changes. The first part of a file, which has its headers, is changed as often as all the rest. */
export function mutated(bytes: Uint8Array, chance: Dice): Uint8Array {
  let result = bytes.slice();
  for (let i = chance.int(1, 3); i > 0 && result.length > 0; i--) {
    const cut = chance.chance(0.5) ? Math.min(result.length, 2048) : result.length;
    const changed = chance.pick(changes)(result.slice(0, cut), chance);
    result = Uint8Array.from([...changed, ...result.slice(cut)]);
  }
  return result;
}

const deep = (levels: number): unknown => {
  let value: unknown = [];
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};

const strange: readonly (() => unknown)[] = [
  () => null,
  () => -1,
  () => 0,
  () => 1e12,
  () => 2.5,
  () => '',
  () => 'name\u001b[31m',
  () => '../secret',
  () => true,
  () => [],
  () => ({}),
  () => [null],
  () => deep(300),
  () => [1e9, 1e9],
  () => '__proto__',
  () => 'constructor',
];

type Container = Record<string, unknown>;

const containersIn = (value: unknown): Container[] =>
  typeof value === 'object' && value !== null
    ? [value as Container, ...Object.values(value).flatMap(containersIn)]
    : [];

/** A description with some of what it says left out, doubled, exchanged, or replaced by something strange. */
export function mutatedJson(text: string, chance: Dice): string {
  const json = JSON.parse(text);
  for (let i = chance.int(1, 3); i > 0; i--) {
    const containers = containersIn(json).filter((each) => Object.keys(each).length > 0);
    if (containers.length === 0) break;
    const container = chance.pick(containers);
    const key = chance.pick(Object.keys(container));
    const way = chance.int(0, 4);
    if (way === 0) delete container[key];
    else if (way === 1) container[key] = chance.pick(strange)();
    else if (way === 2) container[key] = structuredClone(chance.pick(containersIn(json)));
    else if (way === 3 && Array.isArray(container)) container.push(structuredClone(container[Number(key)]));
    else container[key] = container[chance.pick(Object.keys(container))];
  }
  return JSON.stringify(json);
}
