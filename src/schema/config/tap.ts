import * as Type from '@sinclair/typebox';
import { closed, key } from './keys.ts';

/** `[tap]` */
export const Tap = Type.Object(
  {
    enabled: Type.Boolean(
      key({
        description:
          'whether `--tap` can attach to the running agent, through a Unix socket (0600)',
        default: true,
        restart: true,
      }),
    ),
    socket: Type.Optional(
      Type.String(
        key({
          description: 'its path, at most 100 bytes; default: `tap.sock` in `state_dir`',
          path: true,
          maxLength: 100,
          restart: true,
          examples: ['/run/pganalytics/tap.sock'],
        }),
      ),
    ),
    history_bytes: Type.Integer(
      key({
        description: 'what is remembered for `--history`; the oldest goes',
        unit: 'bytes',
        default: 1_048_576,
        minimum: 0,
        maximum: 67_108_864,
        restart: true,
      }),
    ),
  },
  { ...closed, default: {}, description: 'the live tail' },
);
