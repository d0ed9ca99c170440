/** Whether this process may do anything on this host. */
export const runsAsRoot = (): boolean => process.getuid?.() === 0;
