import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import type { Json } from '../schema/json.ts';

/** The version of the format that this program writes and reads. */
export const RECORDING = 1;

/** The first line of a recording. */
export const RecordingHeader = Type.Object(
  {
    recording: Type.Literal(RECORDING, { description: 'version of the format' }),
    startedAt: Type.String({ description: 'when it began, ISO 8601; all `t` count from here' }),
    agent: Type.String({ description: 'version of the collector that recorded' }),
    node: Type.String({ description: 'version of its runtime' }),
    platform: Type.String({ description: 'operating system: linux' }),
    maxBytes: Type.Integer({ description: 'bound of the recording, in bytes before compression' }),
    types: Type.Array(Type.String(), {
      description: 'sources that this version had: a replay runs no others',
    }),
    phase: Type.Optional(
      Type.Number({ description: 'where in each period its clocks ticked, in [0, 1)' }),
    ),
    attached: Type.Optional(
      Type.Boolean({
        description:
          'whether it ran before: then what it knew at `startedAt` comes first, with the `t` 0',
      }),
    ),
    scenario: Type.Optional(Type.String({ description: 'what was recorded, in words' })),
  },
  { additionalProperties: true },
);
export type RecordingHeader = Static<typeof RecordingHeader>;

/** An error as a recording keeps it. */
export const RecordedError = Type.Object({
  name: Type.String(),
  code: Type.String(),
  message: Type.String(),
  sqlstate: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  reason: Type.Optional(Type.String()),
  query: Type.Optional(Type.String()),
});
export type RecordedError = Static<typeof RecordedError>;

/**
 * One line of a recording: something that came in at a port.
 *
 * - `t`: ms since the start. A request's is the moment of the request, and `tookMs` how long its answer took; what comes
 *   unasked (configuration, log lines, signals) has no `tookMs`.
 * - `kind`: `N` a value, `E` an error, `C` the end, `U` unanswered: given up before the answer was whole; `value` is what
 *   had come by then.
 */
export const Recorded = Type.Object({
  t: Type.Integer(),
  tookMs: Type.Optional(Type.Integer({ minimum: 0 })),
  stream: Type.String(),
  kind: Type.Union([Type.Literal('N'), Type.Literal('E'), Type.Literal('C'), Type.Literal('U')]),
  value: Type.Optional(Type.Unsafe<Json>(Type.Any())),
  error: Type.Optional(RecordedError),
});
export type Recorded = Static<typeof Recorded>;
