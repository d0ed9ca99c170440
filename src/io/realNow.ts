/** The time of this host, ms since 1970, also where `asyncScheduler` stands for another clock. */
export const realNow = (): number => Date.now();
