/** Reads the timestamps of a log; undefined where a text is none, or its zone is unknown. */
export type LogTimestamp = (text: string) => string | undefined;

/** More zones and hours than a log has at a time; then it starts anew. */
const remembered = 1000;
const hourMs = 3_600_000;

/**
 * Turns what `%t`, `%m`, `%s` and jsonlog write (`2026-01-02 03:04:05.678 CET`) into ISO 8601 in UTC.
 *
 * An abbreviation does not say its offset (IST is three zones), so that all but UTC, GMT and numeric ones (`+0530`,
 * east of Greenwich) are read by the rules of the server's own zone.
 *
 * @param zone - `log_timezone` of the server, an IANA name.
 */
export function logTimestamp(zone: string): LogTimestamp {
  const offsetIn = zoneOffsets(zone);
  const byHour = new Map<string, number | undefined>();
  const read = (text: string, fraction: string): string | undefined => {
    const local = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
    if (Number.isNaN(local) || text[10] !== ' ') return undefined;
    const abbreviation = text.slice(19 + fraction.length).trim();
    const key = `${text.slice(0, 15)} ${abbreviation}`; // ten minutes: no zone changes within them
    let offset = byHour.get(key);
    if (offset === undefined && !byHour.has(key)) {
      if (byHour.size >= remembered) byHour.clear();
      offset = fixedOffset(abbreviation) ?? offsetIn(local, abbreviation);
      byHour.set(key, offset);
    }
    if (offset === undefined) return undefined;
    return `${new Date(local - offset).toISOString().slice(0, 19)}${fraction || '.000'}Z`;
  };
  // A log has thousands of messages in one second: what stands before and behind the fraction is read once.
  let second = '';
  let zoned = '';
  let utc = '';
  // Many are of the same millisecond.
  let last = '';
  let lastRead: string | undefined;
  const of = (text: string): string | undefined => {
    const fraction = fractionOf(text);
    if (second !== '' && text.startsWith(second) && text.endsWith(zoned)) {
      if (second.length + fraction.length + zoned.length === text.length) {
        return `${utc}${fraction || '.000'}Z`;
      }
    }
    const found = read(text, fraction);
    if (found === undefined) return undefined;
    second = text.slice(0, 19);
    zoned = text.slice(19 + fraction.length);
    utc = found.slice(0, 19);
    return found;
  };
  return (text) => {
    if (text === last) return lastRead;
    lastRead = of(text);
    last = text;
    return lastRead;
  };
}

/** `.678`; empty where there is none. */
function fractionOf(text: string): string {
  if (text[19] !== '.') return '';
  let end = 20;
  while (end < 26 && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end === 20 ? '' : text.slice(19, end);
}

/** The offset that an abbreviation says by itself, in ms east of Greenwich. */
function fixedOffset(abbreviation: string): number | undefined {
  if (['UTC', 'GMT', 'Z', 'UCT'].includes(abbreviation)) return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(abbreviation) ?? [];
  if (hours === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes ?? 0) * 60_000);
}

/**
 * The offset of a zone at a local time. In the hour that exists twice in autumn the abbreviation decides: the summer
 * time comes first.
 */
function zoneOffsets(zone: string): (local: number, abbreviation: string) => number | undefined {
  // Made when it is needed: most servers log in UTC, and the tables of Intl cost five megabytes.
  let format: Intl.DateTimeFormat | null | undefined;
  const offsetAt = (utc: number): number => {
    const parts = format?.formatToParts(utc) ?? [];
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return fixedOffset(name.slice('GMT'.length)) ?? 0;
  };
  return (local, abbreviation) => {
    format ??= zoneFormat(zone);
    if (format === null) return undefined;
    const earlier = offsetAt(local - 24 * hourMs);
    const later = offsetAt(local + 24 * hourMs);
    const fits = [earlier, later].filter((offset) => offsetAt(local - offset) === offset);
    const [first = later, second = first] = fits;
    return isSummer(abbreviation) ? Math.max(first, second) : Math.min(first, second);
  };
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return null;
  }
}

/** Whether an abbreviation names a summer time: EDT, CDT, NZDT, CEST, BST. */
const isSummer = (abbreviation: string): boolean =>
  abbreviation.endsWith('DT') || /^[CEWM]EST$/.test(abbreviation) || abbreviation === 'BST';
