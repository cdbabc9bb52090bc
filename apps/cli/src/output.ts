import { whyNotWritten } from '@feedalign/models/node';

const lost = new AbortController();

/** Set off when stdout takes nothing any more: who read it has gone, or the disk behind it is full. */
export const outputLost: AbortSignal = lost.signal;

const lose = (error: unknown) => lost.abort(error);

/** From here on an error of stdout sets off `outputLost`; one of stderr has nowhere to be told. */
export function watchOutput(): void {
  process.stdout.on('error', lose);
  process.stderr.on('error', () => {});
}

/** Writes to stdout, as long as that takes anything. */
export function print(text: string): void {
  if (lost.signal.aborted) return;
  try {
    process.stdout.write(text);
  } catch (error) {
    lose(error);
  }
}

/** One JSON object a line. */
export const printJson = (value: object): void => print(`${JSON.stringify(value)}\n`);

/** One line on stderr about what went wrong. */
export function complain(text: string): void {
  try {
    process.stderr.write(`feedalign: ${text.replace(/\s*\n\s*/g, ' ')}\n`);
  } catch {
    // Nobody is there to be told.
  }
}

/** When all that was printed has arrived: why some of it did not, where that is no reader who has seen enough. */
export async function whyOutputWasLost(): Promise<string | undefined> {
  if (!lost.signal.aborted) {
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  }
  const { aborted, reason } = lost.signal;
  return aborted && reason?.code !== 'EPIPE' ? whyNotWritten(reason) : undefined;
}

/** Throws the first of several failures, once the others are told. */
export function throwFirst([first, ...others]: readonly unknown[]): void {
  if (first === undefined) return;
  for (const other of others) complain(other instanceof Error ? other.message : String(other));
  throw first;
}
