import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

/** The stages of the data's path that a tap can show; `dropped` stands for what was set aside as well. */
export const stages = ['source', 'validated', 'batched', 'sent', 'acked', 'dropped'] as const;
export type TapStage = (typeof stages)[number];

const globs = (description: string) =>
  Type.Array(Type.String({ maxLength: 500 }), { description, maxItems: 100 });

/** What a tap shows of the journal; travels as JSON from a tap to the agent. */
export const Selection = Type.Object(
  {
    types: globs('patterns of types or units (`*`, `?`); none: all'),
    at: Type.Array(Type.Unsafe<TapStage>({ type: 'string', enum: [...stages] }), {
      description: 'stages',
      maxItems: stages.length,
    }),
    events: Type.Boolean({ description: 'pushes, configurations and losses beside the stages' }),
    servers: globs('patterns of server names; none: all'),
    databases: globs('patterns of database names; none: all'),
    where: Type.Array(Type.String({ maxLength: 2_000 }), {
      description: 'conditions, all of which must hold (see `expression`)',
      maxItems: 10,
    }),
    having: Type.Array(Type.String({ maxLength: 500 }), {
      description: 'dotted paths: only what has one of these fields; none: all',
      maxItems: 100,
    }),
    changed: Type.Boolean({ description: 'only metrics whose values moved' }),
    errors: Type.Boolean({ description: 'only what went wrong' }),
    sample: Type.Integer({ description: 'one of so many metrics', minimum: 1 }),
    trace: Type.Union([Type.Null(), Type.Literal('next'), Type.Integer({ minimum: 0 })], {
      description: 'follows one metric: by its number, or the next that is selected',
    }),
    historyMs: Type.Integer({
      description: 'shows what is remembered of so long, in ms',
      minimum: 0,
    }),
  },
  { additionalProperties: false },
);
export type Selection = Static<typeof Selection>;

/** Every validated metric. */
export const everything: Selection = {
  types: [],
  at: ['validated'],
  events: false,
  servers: [],
  databases: [],
  where: [],
  having: [],
  changed: false,
  errors: false,
  sample: 1,
  trace: null,
  historyMs: 0,
};

/** Whether a selection picks among metrics, so that what happens beside them is not what is looked for. */
export const isNarrow = ({ servers, databases, where, changed, sample }: Selection): boolean =>
  servers.length + databases.length + where.length > 0 || changed || sample > 1;
