/** The keys of jsonlog in the order in which the server writes them (jsonlog.c); what it does not know is left out. */
export const jsonKeys = [
  'timestamp',
  'user',
  'dbname',
  'pid',
  'remote_host',
  'remote_port',
  'session_id',
  'line_num',
  'ps',
  'session_start',
  'vxid',
  'txid',
  'error_severity',
  'state_code',
  'message',
  'detail',
  'hint',
  'internal_query',
  'internal_position',
  'context',
  'statement',
  'cursor_position',
  'func_name',
  'file_name',
  'file_line_num',
  'application_name',
  'backend_type',
  'leader_pid',
  'query_id',
] as const;
/** A key of jsonlog. */
export type JsonKey = (typeof jsonKeys)[number];

/** Where each stands. */
const places = new Map<JsonKey, number>(jsonKeys.map((key, place) => [key, place]));
/** The place of a key in `jsonKeys`. */
export const placeOf = (key: JsonKey): number => places.get(key) ?? 0;

const numbers = new Set<JsonKey>([
  'pid',
  'remote_port', // written without quotes
  'line_num',
  'txid',
  'internal_position',
  'cursor_position',
  'file_line_num',
  'leader_pid',
  'query_id',
]);
/** By place, whether a key holds a number. */
export const isNumber: readonly boolean[] = jsonKeys.map((key) => numbers.has(key));
