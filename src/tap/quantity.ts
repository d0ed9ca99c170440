const BINARY = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1,234,567`. Without Intl: its tables would cost a small agent five megabytes. */
const grouped = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** Bytes for people, in steps of 1024, as PostgreSQL's `pg_size_pretty` counts: `512 B`, `17.6 kB`, `1.0 GB`. */
export function bytes(value: number): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= 1024 && step < BINARY.length - 1) {
    rest /= 1024;
    step++;
  }
  return `${step === 0 ? rest.toFixed(0) : rest.toFixed(1)} ${BINARY[step] ?? ''}`;
}

/** A time span for people: `0.42 ms`, `83 ms`, `12.5 s`, `3 min 20 s`, `5 h 12 min`, `12 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${ms.toFixed(0)} ms`;
  const s = ms / 1_000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** A plain number for people: `1,234,567`, `0.25`. */
export function plain(value: number): string {
  if (Number.isInteger(value)) return grouped(value);
  return Math.abs(value) >= 1_000 ? grouped(value) : String(Number(value.toPrecision(3)));
}

/** Fields that name something: people look for the digits as other programs show them. */
const NAME = /(?:^|_)(?:pid|oid|hash|port|line|timeline|version_num|relid|classid|objid)$/;

/** A number of a field, with the unit that the field's name carries (payload conventions: `_bytes`, `_ms`, …). */
export function quantity(field: string, value: number): string {
  if (NAME.test(field)) return String(value);
  if (field.endsWith('_bytes') || field === 'bytes') return bytes(value);
  if (field.endsWith('_mb')) return bytes(value * 1024 ** 2);
  if (field.endsWith('_gb')) return bytes(value * 1024 ** 3);
  if (field.endsWith('_ms') || field.endsWith('_time')) return duration(value);
  if (field.endsWith('_seconds')) return duration(value * 1_000);
  if (field.endsWith('_percent')) return `${plain(value)} %`;
  return plain(value);
}
