import type { Verdict } from '../schema/receipt.ts';
import { cleanText } from './cleanText.ts';

/** A verdict whose text is safe to log; see `cleanText`. */
export function cleanVerdict(verdict: Verdict, secrets: readonly string[]): Verdict {
  if ('cause' in verdict) return { ...verdict, cause: cleanText(verdict.cause, secrets) };
  if ('reason' in verdict) return { ...verdict, reason: cleanText(verdict.reason, secrets) };
  return verdict;
}
