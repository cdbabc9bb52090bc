// A step whose loss is not finite changes no variable: which is decided here, where the loss is.
import { changes, reads } from './effects';

/** halted ← whether variables must stay as they are: the loss, one number, is not finite. */
export function guard(loss: reads, halted: changes, part: i32, parts: i32): void {
  const value = load<f32>(loss);
  store<i32>(halted, i32(value - value != 0));
}

/** halted ← variables may be changed. */
export function unguard(halted: changes, part: i32, parts: i32): void {
  store<i32>(halted, 0);
}
