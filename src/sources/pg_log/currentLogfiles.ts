import type { CurrentLogfiles } from '../../ports/logs.ts';
import type { LogFormat } from './logFormat.ts';
import type { LogSettings } from './logSettings.ts';

/** Where a server on this host tells which file it writes; undefined where it does not. */
export function currentLogfiles(
  format: LogFormat,
  { asked, local }: { readonly asked: LogSettings | null; readonly local: boolean },
): CurrentLogfiles | undefined {
  if (!local || !asked?.collector || asked.dataDirectory === null) return undefined;
  return { path: `${asked.dataDirectory}/current_logfiles`, format };
}
