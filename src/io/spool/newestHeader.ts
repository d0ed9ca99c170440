import { type Place, byPlace } from './place.ts';
import type { ReadHead } from './readHead.ts';

/** A header that was found, and where. */
interface Newest {
  readonly place: Place;
  readonly head: ReadHead;
}

/** The newest of the headers that were offered. */
export class NewestHeader {
  found: Newest | null = null;

  offer(place: Place, head: ReadHead): void {
    if (this.isBefore(place)) this.found = { place, head };
  }

  isAt(place: Place): boolean {
    return this.found !== null && byPlace(place, this.found.place) === 0;
  }

  isBefore(place: Place): boolean {
    return this.found === null || byPlace(place, this.found.place) > 0;
  }
}
