import { asyncScheduler } from 'rxjs';

/**
 * The present moment as metrics carry it: UTC, ISO 8601, milliseconds, e.g. `2026-01-02T03:04:05.678Z`.
 *
 * Taken from the scheduler, so that virtual time rules it in tests.
 */
export const timestampNow = (): string => new Date(asyncScheduler.now()).toISOString();
