import type { LogFile, LogFolder, OpenLog } from './logFolder.ts';

/** The first of some files that passes a test, open; those that cannot be opened are passed over. */
export async function foundFile(
  folder: LogFolder,
  files: readonly LogFile[],
  test: (log: OpenLog) => Promise<boolean>,
): Promise<OpenLog | undefined> {
  for (const file of files) {
    const log = await folder.open(file).catch(() => undefined);
    if (log && (await test(log))) return log;
    await log?.close();
  }
  return undefined;
}
