/** An answer that is ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A JSON answer. */
export const json = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

/** A plain text answer. */
export const text = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});

/** An error in the backend's form: `{code, message, details?}`. */
export const refusal = (
  status: number,
  message: string,
  details?: string,
  headers?: Readonly<Record<string, string>>,
): Reply =>
  json(status, { code: status, message, ...(details !== undefined && { details }) }, headers);

/** What a crash of a handler looks like from outside. */
export const crash: Reply = { status: 500, headers: {}, body: '' };
