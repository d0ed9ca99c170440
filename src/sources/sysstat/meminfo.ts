/** Reads /proc/meminfo (proc_meminfo(5)) by name; `kB` became bytes, counts of pages stay counts. */
export function meminfo(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, digits, unit] = /^([^\s:]+):\s+(\d{1,15})(?: (kB))?\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    values.set(name, Number(digits) * (unit === undefined ? 1 : 1024));
  }
  return values;
}
