import { of } from 'rxjs';

/**
 * Sends an error where rxjs sends errors that nobody handles: `config.onUnhandledError`, else an uncaught exception.
 * Asynchronously, so that it breaks nothing of what goes on.
 */
export function reportUnhandled(error: unknown): void {
  // What a subscriber throws does not reach the stream.
  // eslint-disable-next-line rxjs-x/no-ignored-error -- of() never errors
  of(error).subscribe((unhandled) => {
    throw unhandled;
  });
}
