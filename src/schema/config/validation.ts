import type { TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { keywords } from '../keywords.ts';
import { type KeySchema, asKey, expected, keySchema } from './keySchema.ts';
import { nearest } from './nearest.ts';
import type { Table } from './plainData.ts';
import { type Path, type Problem, dotted } from './problem.ts';
import { printable } from '../printable.ts';

/** Fills the defaults in, in place, and names everything that does not fit. */
export type Validation = (data: Table) => readonly Problem[];

/** Compiles the validation of a configuration: unknown keys, types, ranges; defaults from the schema. */
export function validation(schema: TSchema): Validation {
  // It is asked at the start and with each new text only: in between, its memory is given back.
  let held: WeakRef<ValidateFunction> | undefined;
  return (data) => {
    const validate = held?.deref() ?? compiled(schema);
    held = new WeakRef(validate);
    if (validate(data)) return [];
    const problems = new Map<string, Problem>();
    for (const error of validate.errors ?? []) {
      const problem = describe(error, data, asKey(schema));
      const place = `${problem.at} ${JSON.stringify(problem.path)}`;
      // One wrong value can break several rules; what was expected is said once.
      if (!problems.has(place)) problems.set(place, problem);
    }
    return [...problems.values()];
  };
}

function compiled(schema: TSchema): ValidateFunction {
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allErrors: true,
    useDefaults: true,
    ownProperties: true,
    // Our own schemas are checked by tests; compiling the schema of schemas would cost each start a megabyte.
    meta: false,
    validateSchema: false,
  });
  keywords(ajv);
  return ajv.compile(schema);
}

function describe(error: ErrorObject, data: Table, schema: KeySchema): Problem {
  const path = pathOf(error.instancePath, data);
  const params = error.params as Record<string, unknown>;
  if (typeof params['additionalProperty'] === 'string') {
    return unknownKey([...path, params['additionalProperty']], schema);
  }
  if (typeof params['missingProperty'] === 'string') {
    return { path, at: 'key', message: `"${params['missingProperty']}" is missing` };
  }
  const key = keySchema(schema, path);
  const known = typeof key?.enum === 'object' ? key.enum : [];
  const value = path.reduce<unknown>((at, part) => (at as Table)[part], data);
  const meant = typeof value === 'string' ? nearest(value, known) : undefined;
  const what = key ? `expected ${expected(key)}` : (error.message ?? 'is invalid');
  return {
    path,
    at: 'value',
    message: meant === undefined ? what : `${what}; did you mean "${meant}"?`,
  };
}

/** A key that the schema does not know, with the nearest that it knows there. */
export function unknownKey(path: Path, schema: KeySchema): Problem {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1);
  const around = keySchema(schema, parent)?.properties ?? {};
  const meant = nearest(name, Object.keys(around));
  const where = parent.length === 0 ? '' : ` in [${dotted(parent).replace(/\[\d+\]/g, '')}]`;
  const kind = parent.length === 0 ? 'section or key' : 'key';
  const hint =
    meant === undefined
      ? `; known: ${Object.keys(around).join(', ')}`
      : `; did you mean "${meant}"?`;
  return { path, at: 'key', message: `unknown ${kind} "${printable(name)}"${where}${hint}` };
}

/** A JSON pointer as a path; an index where the value is a list. */
function pathOf(pointer: string, data: Table): Path {
  let at: unknown = data;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replace(/~1/g, '/').replace(/~0/g, '~');
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Table)[step];
      return step;
    });
}
