import { UnavailableError } from '../../errors.ts';

/** The result of a custom query is not what its `columns` say: so it is until one of the two is changed. */
export class LayoutError extends UnavailableError {}
