// Seeded signs, ±1: each of a bit of the generator's words.
import { writes } from './effects';
import { begin, storeFirst } from './simd';
import { words } from './threefry';

const SIGNS_PER_WORD: i32 = 32;
const SIGNS_PER_BLOCK: i32 = 64;
/** Signs in a stretch: their words are as many as src/kernels/noise.ts has room for. */
const STRETCH: i32 = 1024 * SIGNS_PER_WORD;

/** Four signs: ±1 by the bits from `bit` on, of a word that lies in lane i moved to the right by i. */
// @ts-ignore: decorator
@inline
function fourSigns(shifted: v128, bit: i32): v128 {
  return v128.or(v128.and(i32x4.shl(shifted, 31 - bit), i32x4.splat(0x80000000)), f32x4.splat(1));
}

/** The first `count` signs of a word, from its lowest bit up. */
function signsOf(word: u32, to: usize, count: i32): void {
  let shifted = i32x4.splat(word);
  shifted = i32x4.replace_lane(shifted, 1, word >> 1);
  shifted = i32x4.replace_lane(shifted, 2, word >> 2);
  shifted = i32x4.replace_lane(shifted, 3, word >> 3);
  if (count >= SIGNS_PER_WORD) {
    v128.store(to, fourSigns(shifted, 0));
    v128.store(to, fourSigns(shifted, 4), 16);
    v128.store(to, fourSigns(shifted, 8), 32);
    v128.store(to, fourSigns(shifted, 12), 48);
    v128.store(to, fourSigns(shifted, 16), 64);
    v128.store(to, fourSigns(shifted, 20), 80);
    v128.store(to, fourSigns(shifted, 24), 96);
    v128.store(to, fourSigns(shifted, 28), 112);
    return;
  }
  for (let i = 0; i < count; i += 4) storeFirst(to + (<usize>i << 2), fourSigns(shifted, i), count - i);
}

/** `count` signs of the words of four blocks each, in the order of the stream. */
function signs(from: usize, to: usize, count: i32): void {
  for (let word = 0, i = 0; i < count; word++, i += SIGNS_PER_WORD) {
    const block = word >> 1;
    const at = from + (<usize>(block >> 2) << 5) + (<usize>(word & 1) << 4) + (<usize>(block & 3) << 2);
    signsOf(load<u32>(at), to + (<usize>i << 2), count - i);
  }
}

/** result = `count` signs of the key's stream, from block `low` + 2³²·`high` on. */
export function drawSigns(
  result: writes,
  count: i32,
  key0: i32,
  key1: i32,
  low: i32,
  high: i32,
  local: usize,
  part: i32,
  parts: i32,
): void {
  const counter = (<u64>high << 32) | <u64>(<u32>low);
  const last = begin(part + 1, parts, count, SIGNS_PER_BLOCK);
  for (let i = begin(part, parts, count, SIGNS_PER_BLOCK); i < last; i += STRETCH) {
    const made = min(STRETCH, last - i);
    const bytes = <usize>((made + SIGNS_PER_BLOCK - 1) / SIGNS_PER_BLOCK) << 3;
    words(local, local + bytes, i32x4.splat(key0), i32x4.splat(key1), counter + i / SIGNS_PER_BLOCK);
    signs(local, result + (<usize>i << 2), made);
  }
}
