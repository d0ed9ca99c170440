import { type Finding, findingsAbout } from './finding.ts';
import type { CheckedServer } from './checkedServer.ts';

/** Statement texts are cut at this many bytes unless the server keeps more. */
const querySize = 4096;

/** Settings without which statistics are missing or cut. */
export function settingFindings({ settings, facts }: CheckedServer): readonly Finding[] {
  const { ok, warning, problem } = findingsAbout(`postgres ${settings.name}`);
  const set = (name: string, value: string): string =>
    `ALTER SYSTEM SET ${name} = ${value};\nSELECT pg_reload_conf();`;
  const findings: Finding[] = [];
  if (!facts.isOn('track_counts')) {
    findings.push(
      problem(
        'track_counts is off: no table statistics, and autovacuum does not run',
        set('track_counts', 'on'),
      ),
    );
  }
  if (!facts.isOn('track_io_timing')) {
    findings.push(
      warning('track_io_timing is off: I/O times are not measured', set('track_io_timing', 'on')),
    );
  }
  if (facts.setting('compute_query_id') === 'off') {
    findings.push(
      warning(
        'compute_query_id is off: statements cannot be told apart',
        set('compute_query_id', 'auto'),
      ),
    );
  }
  const size = Number(facts.setting('track_activity_query_size') ?? querySize);
  if (size < querySize) {
    findings.push(
      warning(
        `track_activity_query_size is ${size}: longer statements are cut`,
        `ALTER SYSTEM SET track_activity_query_size = ${querySize};\n-- takes effect at a restart of the server`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('settings: nothing is missing')];
}
