/** File contents in memory of their own, as `fetch`, `crypto.subtle` and the file system give and take them. */
export type Bytes = Uint8Array<ArrayBuffer>;
