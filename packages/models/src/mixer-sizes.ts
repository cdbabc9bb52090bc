import { FeedalignError } from '@feedalign/core';

/** Channels by the letter of the paper's sizes. */
const channelsOf: Readonly<Record<string, number>> = { S: 256, M: 512, L: 2048 };

interface MixerSize {
  readonly channels: number;
  readonly patches: number;
  readonly groups: number;
  readonly blocks: number;
}

/**
 * The size that is written as the paper writes it, size/patches/groups: `M/8/16` has 512 channels, 8×8 patches and 16 groups.
 * Of one patch there is one block, of more there are four.
 *
 * @throws FeedalignError `invalid-option` for anything else
 */
export function mixerSizeOf(written: string): MixerSize {
  const [, letter, ...numbers] = /^([SML])\/([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(written) ?? [];
  if (letter) {
    const [patches, groups] = numbers.map(Number);
    return { channels: channelsOf[letter], patches, groups, blocks: patches === 1 ? 1 : 4 };
  }
  throw new FeedalignError(
    'invalid-option',
    `'mixer:${written}' is no size of a mixer.`,
    'Write S, M or L, how many patches there are along a side, and how many groups, as mixer:M/8/16.',
  );
}
