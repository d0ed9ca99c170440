import type { Mount } from './mountinfo.ts';

/** Less than this share available to ordinary users is too little: PostgreSQL panics where its WAL finds no room. */
const LOW = 0.05;
/** It stays too little until this share is available again, so that a disk at the brink is told of once. */
const ENOUGH = 0.06;

/** The share is of what ordinary users may have, as df counts it. What was always read-only needs no room. */
export const isLow = (
  { readOnly, wasWritable, wasLow }: Mount,
  used: number,
  free: number,
): boolean =>
  used + free > 0 &&
  (!readOnly || wasWritable === true) &&
  free / (used + free) < (wasLow === true ? ENOUGH : LOW);
