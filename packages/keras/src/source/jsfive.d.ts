declare module 'jsfive' {
  export interface Dataset {
    readonly shape: number[];
    readonly dtype: string;
    readonly value: (number | bigint)[];
    readonly _dataobjects: {
      readonly fh: ArrayBuffer;
      readonly chunks: number[] | null;
      readonly filter_pipeline: object[] | null;
    };
  }
  export interface Group {
    readonly keys: string[];
    readonly attrs: Readonly<Record<string, unknown>>;
    get(path: string): Group | Dataset | null;
  }
  /** What unpacks chunks, by the number of the method. */
  export const Filters: Map<number, (packed: ArrayBuffer) => ArrayBuffer>;
  export const File: new (bytes: ArrayBuffer, name?: string) => Group;
}
