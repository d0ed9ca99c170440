import type { LogAnchor, LogChunk, LogFileRead } from '../../ports/logs.ts';
import type { LogPosition } from '../../postgres/logs/entry.ts';
import type { FollowedLog } from './followedLog.ts';
import type { LogSourceMark } from './logProgress.ts';

interface FileSeen {
  file: string;
  modifiedMs: number;
  anchors: LogAnchor[];
  /** As the marks are to tell them; undefined where there are none. */
  others: readonly LogFileRead[] | undefined;
}

/** Makes marks of places in the files that are read. */
export interface LogMarks {
  /** Notes what a chunk tells of its file. */
  readonly take: (chunk: LogChunk) => void;
  /** The mark that says: all before this was handled. */
  readonly at: (position: LogPosition) => LogSourceMark;
}

/** Keeps of the file that is read, and of those with open entries, what their marks need. */
export function logMarks({ place: { directory, suffix }, format }: FollowedLog): LogMarks {
  const files = new Map<string, FileSeen>();
  return {
    take: ({ fileId, file, modifiedMs, end, print, others }) => {
      const known = files.get(fileId) ?? { file, modifiedMs, anchors: [], others: undefined };
      // The newest stands last.
      files.delete(fileId);
      files.set(fileId, known);
      known.file = file;
      known.modifiedMs = modifiedMs;
      known.others = others;
      // Behind one that is later only what a file holds since it was written anew.
      known.anchors = known.anchors.filter(({ offset }) => offset < end);
      known.anchors.push({ offset: end, print });
    },
    at: ({ file_id: fileId, offset }) => {
      // Files before this one have no open entries any more.
      for (const other of files.keys()) {
        if (other === fileId) break;
        files.delete(other);
      }
      const known = files.get(fileId);
      const before = known?.anchors.findLastIndex((anchor) => anchor.offset <= offset) ?? -1;
      known?.anchors.splice(0, before);
      const found = before < 0 ? undefined : known?.anchors[0];
      const anchor = found ? { offset: found.offset, print: found.print } : null;
      const { file = '', modifiedMs = 0, others } = known ?? {};
      return {
        ...{ directory, suffix, format, file, fileId, offset, modifiedMs, anchor, time: null },
        ...(others && { others }),
      };
    },
  };
}
