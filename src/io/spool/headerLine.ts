import { createHash } from 'node:crypto';
import type { Header } from '../../schema/payload.ts';
import type { Ledger } from './ledger.ts';

/** The first line of a spool file (docs/protocol.md). */
export interface FileHeader extends Header {
  readonly format: 1;
  readonly sequence: number;
  /** Of the gzip body, hexadecimal. */
  readonly sha256: string;
  readonly ledger: Ledger;
  /** Where it was made (see `machineId`); unset where that is not known. */
  readonly machine?: string;
}

const CHECK = /,"check":"([0-9a-f]{16})"\}$/;
const NEWLINE = 10;

/** Most bytes of a header line. */
export const MAX_HEADER_BYTES = 1_048_576;

/** The line with its newline. Its last field is a checksum of all that stands before it. */
export function writeHeaderLine(header: FileHeader): Uint8Array {
  const text = JSON.stringify(header).slice(0, -1);
  return Buffer.from(`${text},"check":"${checksum(text)}"}\n`);
}

/**
 * The header of a file that begins with these bytes, and where its body begins; `damaged` where the line is not what was
 * written, `incomplete` where its end is not among the bytes.
 */
export function readHeaderLine(
  bytes: Uint8Array,
): { readonly header: FileHeader; readonly bodyAt: number } | 'incomplete' | 'damaged' {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return bytes.length < MAX_HEADER_BYTES ? 'incomplete' : 'damaged';
  const line = Buffer.from(bytes.subarray(0, end)).toString('utf8');
  const match = CHECK.exec(line);
  if (match === null || checksum(line.slice(0, match.index)) !== match[1]) return 'damaged';
  const { check, ...header } = JSON.parse(line) as FileHeader & { readonly check: string };
  // Another version of this collector wrote it: what it says cannot be understood.
  if (check !== match[1] || (header as { format: number }).format !== 1) return 'damaged';
  return { header, bodyAt: end + 1 };
}

/** Of a body. */
export const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

const checksum = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The part of a file's header that travels with the payload. */
export function payloadHeader(header: FileHeader): Header {
  const own: ReadonlySet<string> = new Set(['format', 'sequence', 'sha256', 'ledger', 'machine']);
  return Object.fromEntries(
    Object.entries(header).filter(([name]) => !own.has(name)),
  ) as unknown as Header;
}
