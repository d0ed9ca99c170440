/**
 * How much is taken out of texts, from the least to the most:
 *
 * - `none`: nothing but statements that carry secrets by their grammar, which become their command tag.
 * - `statements`: literals, comments and parameters of statements, wherever a statement stands; connection secrets.
 * - `default`: besides, row values in details, and quoted values in all other texts.
 * - `all`: besides, whatever an application can have written: messages of RAISE and those of no known kind, details,
 *   hints and contexts as a whole, names in quotes, statements but for their command tag.
 */
export type RedactMode = 'none' | 'statements' | 'default' | 'all';
