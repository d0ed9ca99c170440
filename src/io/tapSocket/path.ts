/** What Linux and macOS can both name; Node cuts longer paths without a word and makes the socket elsewhere. */
const MAX_PATH_BYTES = 100;

/** What is wrong with the path of a Unix socket; undefined where nothing is. */
export function pathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  return bytes <= MAX_PATH_BYTES
    ? undefined
    : `the path ${path} has ${bytes} bytes, and a socket's may have ${MAX_PATH_BYTES}: set a shorter [tap] socket`;
}
