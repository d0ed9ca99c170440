/** Where in each period this agent's clocks tick: a number in [0, 1) from its name (FNV-1a), so that a fleet spreads. */
export function phaseOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
