/** The operating system's name for people, from os-release(5): `PRETTY_NAME`, quoted as in a shell. */
export function prettyName(osRelease: string): string | undefined {
  const quoted = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1]?.trim() ?? '';
  const quote = quoted[0];
  const isQuoted = (quote === '"' || quote === "'") && quoted.length > 1 && quoted.endsWith(quote);
  const name = (isQuoted ? quoted.slice(1, -1) : quoted).replace(/\\([\\"'$`])/g, '$1');
  return name || undefined;
}
