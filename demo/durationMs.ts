import { UsageError } from '../src/errors.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

/** A time such as `20s`, `2m`, `500ms` in ms; a number alone is seconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text.trim());
  if (!match) throw new UsageError(`"${text}" is no time; try 20s or 2m`);
  return Number(match[1]) * UNITS[(match[2] ?? 's') as keyof typeof UNITS];
}
