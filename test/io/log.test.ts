import { afterEach, describe, expect, it, vi } from 'vitest';
import { jsonForm } from '../../src/io/jsonForm.ts';
import { openLog } from '../../src/io/log.ts';

const { writeSync } = vi.hoisted(() => ({ writeSync: vi.fn() }));
vi.mock('node:fs', async (original) => ({ ...(await original<object>()), writeSync }));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A log without times, and what it has written since it was last asked. */
function opened() {
  vi.stubEnv('JOURNAL_STREAM', '8:1');
  let written = '';
  const log = openLog((text) => {
    written += text;
  });
  const text = (): string => {
    const all = written;
    written = '';
    return all;
  };
  return { log, text };
}

const line = { level: 'info', unit: 'agent', message: 'starts' } as const;

describe('the log', () => {
  it('writes a readable line each, more lines indented, control characters as codes', () => {
    const { log, text } = opened();
    log.write({ ...line, message: 'one\ntwo\x1b[2J' });
    expect(text()).toBe('info  agent: one\n    two\\x1b[2J\n');
  });

  it('tells the time where no journal does', () => {
    vi.stubEnv('JOURNAL_STREAM', undefined);
    const write = vi.fn();
    openLog(write).write(line);
    expect(write).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info {2}agent: starts\n$/),
    );
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
});

describe('the log on stderr', () => {
  /** What came through the stream. */
  function streamed(): string[] {
    const texts: string[] = [];
    vi.stubEnv('JOURNAL_STREAM', '8:1');
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      texts.push(text.toString());
      return true;
    });
    return texts;
  }

  it('is written at once where that takes everything', () => {
    const texts = streamed();
    writeSync.mockImplementation((_: number, bytes: Buffer) => bytes.length);
    openLog().write(line);
    expect(String(writeSync.mock.lastCall?.[1])).toBe('info  agent: starts\n');
    expect(texts).toEqual([]);
  });

  it('goes through a stream from the first byte on that is not taken, in order', () => {
    const texts = streamed();
    writeSync.mockReturnValueOnce(6);
    const log = openLog();
    log.write(line);
    log.write({ ...line, message: 'goes on' });
    expect(texts).toEqual(['agent: starts\n', 'info  agent: goes on\n']);
  });

  it('outlives its reader', () => {
    const texts = streamed();
    writeSync.mockImplementationOnce(() => {
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    });
    openLog().write(line);
    expect(texts).toEqual(['info  agent: starts\n']);
    expect(process.stderr.listenerCount('error')).toBeGreaterThan(0);
  });
});
