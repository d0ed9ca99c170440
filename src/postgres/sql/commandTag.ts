/** What may stand between CREATE and the kind of object. */
const modifiers = new Set([
  'OR',
  'REPLACE',
  'GLOBAL',
  'LOCAL',
  'TEMP',
  'TEMPORARY',
  'UNLOGGED',
  'UNIQUE',
  'RECURSIVE',
]);

/** Kinds of objects of more than one word, longest first. */
const longKinds = [
  'FOREIGN DATA WRAPPER',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'ACCESS METHOD',
  'DEFAULT PRIVILEGES',
  'EVENT TRIGGER',
  'FOREIGN TABLE',
  'MATERIALIZED VIEW',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'USER MAPPING',
];
const kinds = new Set(
  (
    'AGGREGATE CAST COLLATION CONVERSION DATABASE DOMAIN EXTENSION FUNCTION GROUP INDEX LANGUAGE OPERATOR POLICY ' +
    'PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE ' +
    'TRANSFORM TRIGGER TYPE USER VIEW'
  ).split(' '),
);
/** Commands whose tag is their first word. */
const commands = new Set(
  (
    'ABORT ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY DEALLOCATE DECLARE DELETE DISCARD DO END ' +
    'EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX ' +
    'RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM ' +
    'VALUES WITH'
  ).split(' '),
);

/**
 * The command tag of a statement, e.g. `ALTER ROLE`, from its first unquoted words in upper case; `?` where it is none
 * that is known. Words of the author never get into it.
 */
export function commandTag(words: readonly string[]): string {
  const [command = ''] = words;
  if (commands.has(command)) return command;
  if (command !== 'CREATE' && command !== 'ALTER' && command !== 'DROP') return '?';
  const rest = words.slice(1);
  while (rest[0] !== undefined && modifiers.has(rest[0])) rest.shift();
  const long = longKinds.find((kind) => `${rest.join(' ')} `.startsWith(`${kind} `));
  if (long !== undefined) return `${command} ${long}`;
  const [kind = ''] = rest;
  if (!kinds.has(kind)) return command;
  return `${command} ${kind === 'USER' || kind === 'GROUP' ? 'ROLE' : kind}`;
}
