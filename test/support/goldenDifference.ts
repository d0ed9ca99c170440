/** Differences that are shown; the rest is counted. */
const MAX_SHOWN = 20;

/**
 * Where two NDJSON texts differ, for people: lines that are in one alone, and of lines that stand for the same event the
 * fields that differ, by path.
 */
export function goldenDifference(expected: string, actual: string): string {
  const before = expected.trimEnd().split('\n');
  const after = actual.trimEnd().split('\n');
  const said: string[] = [];
  let a = 0;
  let b = 0;
  while (a < before.length || b < after.length) {
    const [old, now] = [before[a], after[b]];
    if (old === now) {
      a++;
      b++;
      continue;
    }
    const gone = now === undefined ? -1 : before.indexOf(now, a);
    const come = old === undefined ? -1 : after.indexOf(old, b);
    if (old !== undefined && now !== undefined && eventOf(old) === eventOf(now)) {
      said.push(`  line ${b + 1} (${eventOf(now)})`, ...fields(JSON.parse(old), JSON.parse(now)));
      a++;
      b++;
    } else if (old !== undefined && (now === undefined || (gone >= 0 && come < 0))) {
      said.push(`- ${cut(old)}`);
      a++;
    } else if (now !== undefined && (old === undefined || come >= 0)) {
      said.push(`+ ${cut(now)}`);
      b++;
    } else {
      said.push(`- ${cut(old ?? '')}`, `+ ${cut(now ?? '')}`);
      a++;
      b++;
    }
  }
  const more = said.length - MAX_SHOWN;
  return [...said.slice(0, MAX_SHOWN), ...(more > 0 ? [`  … ${more} more`] : [])].join('\n');
}

function eventOf(line: string): string {
  const { at, unit, id, metric } = JSON.parse(line) as Record<string, string | undefined>;
  const type = (metric as unknown as { type?: string } | undefined)?.type;
  return [at, unit, type, id].filter((word) => word !== undefined).join(' ');
}

function fields(old: unknown, now: unknown, path = ''): string[] {
  if (Object.is(old, now)) return [];
  if (isContainer(old) && isContainer(now) && Array.isArray(old) === Array.isArray(now)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      fields(old[key], now[key], Array.isArray(now) ? `${path}[${key}]` : `${path}.${key}`),
    );
  }
  return [`    ${path.slice(1)}: ${cut(JSON.stringify(old))} → ${cut(JSON.stringify(now))}`];
}

const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const cut = (text: string | undefined): string =>
  text === undefined ? 'absent' : text.length > 160 ? `${text.slice(0, 160)}…` : text;
