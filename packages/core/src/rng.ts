import { neverRepeat } from './during-step.js';
import { FeedalignError } from './errors.js';

/**
 * A source of random numbers that is passed in, never global.
 *
 * Numbers come from Threefry-2x32-20, a counter-based generator: the i-th number of a stream is a hash of
 * (key, i). The same seed and stream give the same numbers on every machine, backend and number of threads.
 *
 * Streams are independent and named: `rng.stream('feedback')` has numbers of its own, whatever else was drawn
 * before. Drawing advances a stream's counter; `stream` does not.
 *
 * Source: Salmon, Moraes, Dror and Shaw, 'Parallel random numbers: as easy as 1, 2, 3', SC 2011.
 *
 * @example
 * ```ts
 * const rng = createRng(1);
 * const feedback = rng.stream('feedback').uniform(16 * 10, -0.25, 0.25);
 * const order = rng.stream('shuffle').stream(epoch).permutation(60000);
 * ```
 */
export interface Rng {
  /**
   * The independent stream of this name; the same name gives the same numbers again from the start.
   *
   * @param name any text, or a whole number from 0 to 2³² − 1
   * @throws FeedalignError `invalid-option` for any other number
   */
  stream(name: string | number): Rng;
  /** `count` numbers, uniform on [low, high); defaults 0 and 1. In other ranges rounding to float32 may reach `high`. */
  uniform(count: number, low?: number, high?: number): Float32Array;
  /** `count` numbers, normal with this mean and standard deviation; defaults 0 and 1. */
  normal(count: number, mean?: number, deviation?: number): Float32Array;
  /** `count` signs, −1 or +1 with equal probability, 64 of each block of the stream: a bit makes a sign. */
  rademacher(count: number): Float32Array;
  /** The numbers 0 … count − 1 in random order. */
  permutation(count: number): Uint32Array;
  /** One integer, uniform on [0, 2³²): a seed for somebody else's generator. */
  integer(): number;
  /**
   * Leaves the next `count` numbers to somebody else, who computes them from the place where they begin:
   * `createRng(place).normal(count)` are those that `normal(count)` here would have been. Like a draw of `count` numbers, it
   * takes whole blocks, of two numbers or of `signsPerBlock`: what is left of the last one is left out.
   *
   * @param perBlock how many come of one block: 2, the default, or `signsPerBlock` for those of `rademacher`
   */
  reserve(count: number, perBlock?: number): Reserved;
}

/** Signs that one block of a stream makes. */
export const signsPerBlock = 64;

/** A place in a stream, as plain numbers: block i of the stream is Threefry's hash of (key, counter + i). */
export type Place = {
  /** Two words of 32 bits. */
  readonly key: readonly [number, number];
  /** Blocks before this place; below 2⁵³. */
  readonly counter: number;
};

/** A place that was reserved. */
export interface Reserved extends Readonly<Place> {
  /** Of a stream that moves from step to step: the key of the same place in the step that is now. */
  readonly keyNow?: () => readonly [number, number];
}

/**
 * One block of Threefry-2x32 with 20 rounds: two words of key and two of counter give two words, written to `out`.
 * Written out round by round: a loop over the rotations takes four times as long.
 */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
  at = 0,
): void {
  const key2 = 0x1bd11bda ^ key0 ^ key1;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + key1) | 0;
  x1 = (x1 + key2 + 1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + key2) | 0;
  x1 = (x1 + key0 + 2) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + key0) | 0;
  x1 = (x1 + key1 + 3) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + key1) | 0;
  x1 = (x1 + key2 + 4) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + key2) | 0;
  x1 = (x1 + key0 + 5) | 0;
  out[at] = x0;
  out[at + 1] = x1;
}

/** FNV-1a, 32 bits: a stream's name as a number. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

class Threefry implements Rng {
  constructor(
    private readonly key0: number,
    private readonly key1: number,
    private counter = 0,
  ) {}

  stream(name: string | number): Rng {
    if (typeof name === 'number' && name !== name >>> 0) {
      throw new FeedalignError(
        'invalid-option',
        `There is no stream ${name}.`,
        'Use a whole number below 2^32.',
      );
    }
    const words = new Uint32Array(2);
    // Names and numbers differ in the second word, so that stream('1') is not stream(1).
    const [word, kind] = typeof name === 'number' ? [name, 1] : [hash(name), 2];
    threefry(this.key0, this.key1, word, kind, words);
    return new Threefry(words[0], words[1]);
  }

  uniform(count: number, low = 0, high = 1): Float32Array {
    const scale = (high - low) / 2 ** 24;
    const words = this.words(count);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = low + (words[i] >>> 8) * scale;
    return values;
  }

  normal(count: number, mean = 0, deviation = 1): Float32Array {
    const words = this.words(count);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      // Box and Muller: the half keeps the logarithm's argument above zero.
      const radius = deviation * Math.sqrt(-2 * Math.log((words[i] + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * words[i + 1]) / 2 ** 32;
      values[i] = mean + radius * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = mean + radius * Math.sin(angle);
    }
    return values;
  }

  rademacher(count: number): Float32Array {
    const words = this.words(Math.ceil(count / 32));
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = 1 - 2 * ((words[i >>> 5] >>> (i & 31)) & 1);
    return values;
  }

  permutation(count: number): Uint32Array {
    const words = this.words(count);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    // Fisher and Yates, from the last place down: place i takes one of the first i + 1.
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor((words[i] / 2 ** 32) * (i + 1));
      const taken = order[i];
      order[i] = order[j];
      order[j] = taken;
    }
    return order;
  }

  integer(): number {
    return this.words(1)[0];
  }

  reserve(count: number, perBlock = 2): Place {
    const place: Place = { key: [this.key0, this.key1], counter: this.counter };
    this.counter += Math.ceil(count / perBlock);
    return place;
  }

  /** The next `count` words, rounded up to a whole number of blocks. */
  private words(count: number): Uint32Array {
    const words = new Uint32Array(count + (count % 2));
    let { counter } = this.reserve(count);
    for (let at = 0; at < words.length; at += 2, counter++) {
      threefry(this.key0, this.key1, counter >>> 0, Math.floor(counter / 2 ** 32), words, at);
    }
    return words;
  }
}

/**
 * The root of a run's random numbers; or, given what `reserve` returned, the numbers that were reserved, and those
 * after them.
 *
 * @param seed a whole number from 0 to 2⁵³ − 1, or a place in a stream
 * @throws FeedalignError `invalid-option` for any other seed, or for a place that no stream has
 */
export function createRng(seed: number | Place): Rng {
  const isSeed = typeof seed !== 'object' || seed === null;
  const { key, counter } = isSeed ? { key: [seed >>> 0, Math.floor(seed / 2 ** 32)], counter: 0 } : seed;
  const whole = isSeed ? seed : counter;
  if (!Number.isSafeInteger(whole) || whole < 0 || key.some((word) => word !== word >>> 0)) {
    throw new FeedalignError(
      'invalid-option',
      isSeed ? `The seed is ${seed}.` : `No stream has the place ${JSON.stringify(seed)}.`,
      'Give a whole number from 0 to 2^53 - 1, or what reserve() of a stream returned.',
    );
  }
  return new Threefry(key[0], key[1], counter);
}

/**
 * Random numbers whose root is another one in each step. What is reserved from them knows its key in later steps, so that
 * an engine may repeat the step; numbers that are drawn as plain arrays do not, and the step is computed each time.
 *
 * @param now the root of the step that is now
 */
export const movingRng = (now: () => Rng): Rng => new Moving(now);

class Moving implements Rng {
  private readonly own: Rng;

  constructor(private readonly now: () => Rng) {
    this.own = now();
  }

  stream(name: string | number): Rng {
    return new Moving(() => this.now().stream(name));
  }

  reserve(...given: Parameters<Rng['reserve']>): Reserved {
    return { ...this.own.reserve(...given), keyNow: () => this.now().reserve(0).key };
  }

  uniform(...given: Parameters<Rng['uniform']>): Float32Array {
    return this.drawn().uniform(...given);
  }

  normal(...given: Parameters<Rng['normal']>): Float32Array {
    return this.drawn().normal(...given);
  }

  rademacher(count: number): Float32Array {
    return this.drawn().rademacher(count);
  }

  permutation(count: number): Uint32Array {
    return this.drawn().permutation(count);
  }

  integer(): number {
    return this.drawn().integer();
  }

  private drawn(): Rng {
    neverRepeat();
    return this.own;
  }
}
