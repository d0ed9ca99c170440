import { readFileSync } from 'node:fs';

/**
 * Whether a configuration file asks for `[log] format = "json"`: a look at its text, long before it is parsed, so that the
 * first line of the log has the form of all others. False where the file cannot be read: the error that follows says why.
 */
export function logsJson(path: string): boolean {
  let section = '';
  try {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      section = /^\s*\[+\s*([\w.-]+)\s*\]/.exec(line)?.[1] ?? section;
      if (/^\s*format\s*=\s*["']json["']/.test(line) && section === 'log') return true;
      if (/^\s*log\.format\s*=\s*["']json["']/.test(line) && section === '') return true;
    }
  } catch {
    return false;
  }
  return false;
}
