import { join } from 'node:path';

/** Where payloads go that are kept apart. */
export type Shelf = 'dead' | 'suspect' | 'damaged';

export const shelves: readonly Shelf[] = ['dead', 'suspect', 'damaged'];

/** The folder of a shelf. */
export const shelfFolder = (spool: string, shelf: Shelf): string => join(spool, shelf);
