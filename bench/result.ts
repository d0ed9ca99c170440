/** One measured claim. */
export interface Result {
  readonly what: string;
  /** The figure, readable. */
  readonly measured: string;
  /** What it is compared with or limited to, readable. */
  readonly target: string;
  readonly met: boolean;
  /** How it was measured. */
  readonly how: string;
}

/** A claim that is a ratio to something that was measured in turn with it. */
export function claim(of: {
  readonly what: string;
  readonly ours: number;
  readonly least: number;
  readonly unit: string;
  readonly against: string;
  /** The highest ratio that the claim allows. */
  readonly most: number;
  readonly how: string;
}): Result {
  const ratio = of.ours / of.least;
  return {
    what: of.what,
    measured: `${ratio.toFixed(2)} × (${of.ours.toFixed(2)} against ${of.least.toFixed(2)} ${of.unit})`,
    target: `at most ${of.most} × ${of.against}`,
    met: ratio <= of.most,
    how: of.how,
  };
}

/** A claim that is a figure below a limit. */
export function below(of: {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  readonly how: string;
}): Result {
  return {
    what: of.what,
    measured: `${of.value.toFixed(2)} ${of.unit}`,
    target: `below ${of.limit} ${of.unit}`,
    met: of.value < of.limit,
    how: of.how,
  };
}
