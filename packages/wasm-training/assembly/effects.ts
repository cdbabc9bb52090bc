// What a kernel does with the numbers at an address: the build tells TypeScript, so that a recorded step can be checked.

/** It reads them; of a table, also what the table points to. 0 where there are none. */
export type reads = usize;
/** It writes them without having looked at them, but for a product that keeps a share of what there was. */
export type writes = usize;
/** It reads them and writes them anew. */
export type changes = usize;
