// Activations in four lanes. The exponential and what is made of it are within 2 units in the last place or so of the
// true value.

/** As the kernels take them; 0 is linear. */
const RELU: i32 = 1;
const RELU6: i32 = 2;
const SIGMOID: i32 = 3;
const TANH: i32 = 4;

/** y = f(a), for an activation of the numbers above. */
export function activate(a: v128, activation: i32): v128 {
  const zero = f32x4.splat(0);
  switch (activation) {
    case RELU:
      return f32x4.max(a, zero);
    case RELU6:
      return f32x4.min(f32x4.max(a, zero), f32x4.splat(6));
    default:
      return a;
  }
}
