import { duration } from '../tap/quantity.ts';

/** How long ago a moment was: `12.5 s ago`, `in 29 min 10 s`; `never` for null. */
export function ago(at: string | null, nowMs: number): string {
  if (at === null) return 'never';
  const ms = nowMs - Date.parse(at);
  return ms >= 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}
