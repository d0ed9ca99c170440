type Fits = (name: string) => boolean;

/** Names of files that the server told but nobody expected; as many are still read when it writes others. */
const most = 40;

/**
 * Adds to the names that belong to a log those that the server said it writes: after a change of log_filename it may be
 * asked a while later.
 */
export function namesWithTold(): (written: string | undefined, fits: Fits) => Fits {
  const told = new Set<string>();
  return (written, fits) => {
    if (written !== undefined && !fits(written)) {
      told.delete(written);
      told.add(written);
      for (const name of told) if (told.size > most) told.delete(name);
    }
    return (name) => fits(name) || told.has(name);
  };
}
