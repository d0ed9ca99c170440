import { Subject, of } from 'rxjs';
import { expect, it } from 'vitest';
import type { LogChunk } from '../../src/ports/logs.ts';
import type { Ports } from '../../src/ports.ts';
import { recordedPorts } from '../../src/recording/recordedPorts.ts';
import { fakePorts } from '../support/fakePorts.ts';

it('keeps the lines of a chunk until they are written, whatever is read into its buffer meanwhile', () => {
  const bytes = Buffer.from('2026-01-01 LOG:  first\n');
  const follow$ = new Subject<LogChunk>();
  const replace: Partial<Ports> = { logs: () => follow$ };
  const { ports, records } = recordedPorts(fakePorts({ http: () => of(), replace }).ports);
  const written: (() => unknown)[] = [];
  const taping = records({ startedAt: 0, isPublic: () => true }).subscribe(({ make }) =>
    written.push(make),
  );
  const place = { directory: '/log', suffix: '.log', startAt: 'end' as const };
  const passed: Buffer[] = [];
  const reading = ports.logs(place, of(undefined)).subscribe((one) => passed.push(one.bytes));
  follow$.next({
    ...{ file: 'x.log', fileId: 'f', offset: 7, end: 30, bytes, cut: false },
    ...{ modifiedMs: 0, print: '' },
  });
  bytes.write('2026-01-01 LOG:  other\n');
  expect(JSON.stringify(written.map((make) => make()))).toContain('LOG:  first');
  expect(passed[0]).toBe(bytes);
  reading.unsubscribe();
  taping.unsubscribe();
});
