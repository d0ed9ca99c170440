import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jsonForm } from '../../src/io/jsonForm.ts';
import { openLog } from '../../src/io/log.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A log without times, and the text that it has written. */
function opened() {
  vi.stubEnv('JOURNAL_STREAM', '8:1');
  const stream = new PassThrough({ encoding: 'utf8' });
  return { log: openLog(stream), stream, text: () => (stream.read() ?? '') as string };
}

const line = { level: 'info', unit: 'agent', message: 'starts' } as const;

describe('the log', () => {
  it('writes a readable line each, more lines indented, control characters as codes', () => {
    const { log, text } = opened();
    log.write({ ...line, message: 'one\ntwo\x1b[2J' });
    expect(text()).toBe('info  agent: one\n    two\\x1b[2J\n');
  });

  it('tells the time where no journal does', () => {
    const { stream, text } = opened();
    vi.stubEnv('JOURNAL_STREAM', undefined);
    openLog(stream).write(line);
    expect(text()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info {2}agent: starts\n$/);
  });

  it('writes what is as severe as its level, from `info` at first', () => {
    const { log, text } = opened();
    log.write({ ...line, level: 'debug' });
    expect(text()).toBe('');
    log.configure({ level: 'warn' });
    log.write(line);
    expect(text()).toBe('');
    log.write({ ...line, level: 'error' });
    expect(text()).toBe('error agent: starts\n');
  });

  it('writes JSON of any level from the next line on, and text again', () => {
    const { log, text } = opened();
    log.configure({ level: 'debug', form: jsonForm() });
    for (const level of ['debug', 'error'] as const) {
      log.write({ ...line, level, message: 'a\n"b"' });
      const json = text();
      expect(json.endsWith('}\n')).toBe(true);
      expect(JSON.parse(json)).toEqual({
        level,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        unit: 'agent',
        msg: 'a\n"b"',
      });
    }
    log.configure({ level: 'info' });
    log.write(line);
    expect(text()).toBe('info  agent: starts\n');
  });

  it('outlives its reader', () => {
    const { log, stream } = opened();
    stream.emit('error', new Error('EPIPE'));
    expect(() => log.write(line)).not.toThrow();
  });
});
