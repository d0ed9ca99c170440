/** The version of this collector: the one of its package. */
export const version = '0.1.0';
