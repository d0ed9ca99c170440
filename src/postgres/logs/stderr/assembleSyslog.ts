import { type Assembled, type Assembly, maxEntryChars } from '../assembly.ts';
import { type AssembleStderrOptions, assembleStderr } from './assembleStderr.ts';
import type { Judge } from '../logHead.ts';
import { bytesOf } from '../rawText.ts';
import { type SyslogLine, syslogLine } from './syslogLine.ts';

export interface AssembleSyslogOptions extends AssembleStderrOptions {
  /** `syslog_ident`: lines of other programs are left out. */
  readonly ident: string;
}

/** A message whose lines may still come. */
interface Pending {
  readonly fileId: string;
  readonly offset: number;
  readonly pid: string;
  text: string;
  cut: boolean;
  closed: boolean;
  touchedAt: number;
}

/**
 * Makes entries of what syslog writes for PostgreSQL: the header goes, the numbered pieces (`[5-2]`) of a message are
 * joined by process, and what comes of it is read as stderr.
 *
 * A piece that begins with a tab or a prefix is a line of its own; any other one was split off for its length.
 */
export function assembleSyslog({ ident, ...options }: AssembleSyslogOptions): Assembly {
  const { prefix, closeAfterMs = 1000 } = options;
  const inner = assembleStderr(options);
  let queue: Pending[] = [];
  const byProcess = new Map<string, Pending>();
  let newest: Judge = () => 0;

  const begins = ({ text, piece }: SyslogLine): boolean =>
    piece === 1 || (piece === undefined && isPrefixed(text));
  const isPrefixed = (text: string): boolean =>
    prefix.decodable && prefix.match(bytesOf(text), 0, text.length) !== undefined;
  const add = (line: SyslogLine, fileId: string, offset: number, now: number): void => {
    const { pid, text } = line;
    const before = byProcess.get(pid);
    if (!before || begins(line)) {
      if (before) before.closed = true;
      const message = { fileId, offset, pid, text, cut: false, closed: false, touchedAt: now };
      queue.push(message);
      byProcess.set(pid, message);
      return;
    }
    before.touchedAt = now;
    if (before.text.length + text.length >= maxEntryChars) before.cut = true;
    else before.text += text.startsWith('\t') || isPrefixed(text) ? `\n${text}` : text;
  };
  /** Hands on the oldest messages, as far as they are whole. */
  const handOn = (ready: (message: Pending) => boolean, now: number): void => {
    const open = queue.findIndex((message) => !ready(message));
    const whole = queue.slice(0, open < 0 ? queue.length : open);
    queue = queue.slice(whole.length);
    for (const message of whole) {
      const { fileId, offset, pid, cut } = message;
      if (byProcess.get(pid) === message) byProcess.delete(pid);
      const text = `${message.text}\n`;
      const starts = text
        .split('\n')
        .slice(1)
        .map(() => offset);
      inner.push({ fileId, offset, bytes: bytesOf(text), starts, cut }, newest, now);
    }
  };
  const taken = (now: number): readonly Assembled[] => inner.take(now);

  return {
    push: ({ fileId, bytes, offset, starts }, judge, now) => {
      newest = judge;
      const text = bytes.toString('latin1');
      let line = 0;
      for (let from = 0; from < text.length;) {
        const newline = text.indexOf('\n', from);
        const read = syslogLine(text.slice(from, newline), ident, isPrefixed);
        if (read) add(read, fileId, starts?.[line] ?? offset + from, now);
        from = newline + 1;
        line++;
      }
    },
    take: (now) => {
      handOn(({ closed, touchedAt }) => closed || now - touchedAt >= closeAfterMs, now);
      return taken(now);
    },
    flush: () => {
      handOn(() => true, 0);
      return inner.flush();
    },
    oldest: () => {
      const [first] = queue;
      return inner.oldest() ?? (first && { file_id: first.fileId, offset: first.offset });
    },
  };
}
