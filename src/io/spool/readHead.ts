import type { Files } from './files.ts';
import { type FileHeader, MAX_HEADER_BYTES, readHeaderLine } from './headerLine.ts';

/** A header that was read from its file. */
export interface ReadHead {
  readonly header: FileHeader;
  /** Of the whole file. */
  readonly size: number;
  /** Whether the file is as long as its header says. */
  readonly whole: boolean;
}

/** Reads the header line of a file and nothing behind it; null where it is damaged. Rejects where the file cannot be read. */
export async function readHead(files: Files, path: string): Promise<ReadHead | null> {
  for (let length = 4_096; ; length *= 8) {
    const { bytes, size } = await files.readHead(path, length);
    const found = readHeaderLine(bytes);
    if (found === 'damaged') return null;
    if (found === 'incomplete') {
      if (bytes.length >= size || length > MAX_HEADER_BYTES) return null;
      continue;
    }
    const { header, bodyAt } = found;
    return { header, size, whole: size === bodyAt + header.bytes };
  }
}
