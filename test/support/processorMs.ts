/** What work takes of the processor, in ms: however much others do on this machine meanwhile. */
export function processorMs(work: () => void): number {
  const begun = process.cpuUsage();
  work();
  return process.cpuUsage(begun).user / 1000;
}
