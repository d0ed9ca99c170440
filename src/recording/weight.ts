/** What a value takes in memory, in bytes, about; stops counting above `limit`. */
export function weight(value: unknown, limit = Infinity): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return 24 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  const parts = value instanceof Map ? value.values() : Object.values(value);
  let bytes = 24;
  for (const part of parts) {
    bytes += weight(part, limit - bytes);
    if (bytes > limit) break;
  }
  return bytes;
}
