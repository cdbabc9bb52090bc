/** ⟨relu(a) relu(b)⟩ of two normal numbers with these variances and covariance: Cho and Saul 2009, n = 1. */
export function reluCorrelation(aa: number, bb: number, ab: number): number {
  const size = Math.sqrt(aa * bb);
  if (size === 0) return 0;
  const angle = Math.acos(Math.min(1, Math.max(-1, ab / size)));
  return (size / (2 * Math.PI)) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle));
}
