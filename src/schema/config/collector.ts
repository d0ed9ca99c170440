import * as Type from '@sinclair/typebox';
import { closed, key, maybeText, words } from './keys.ts';

/** `[collector]` */
export const Collector = Type.Object(
  {
    id: maybeText({
      description:
        'registration name in `issued` mode, collector id in `shared_secret` mode; default: the host name',
      examples: ['db1'],
      restart: true,
      minLength: 1,
    }),
    hostname: maybeText({
      description: 'how this host is called in metrics; default: the host name',
      examples: ['db1'],
      restart: true,
      minLength: 1,
    }),
    preset: words(['minimal', 'standard', 'full'], {
      description:
        'which types are read, and how often: `minimal` what alarms need, `full` everything and more often, `standard` the defaults that stand here; what a section says itself wins, and a section that the file has is on unless it says otherwise',
      default: 'standard',
    }),
    interval: Type.Optional(
      Type.Number(
        key({
          description:
            'interval of every section that sets none, never below that section’s least; default: each type its own',
          examples: [30],
          unit: 's',
          minimum: 1,
          maximum: 86_400,
          remote: true,
          remoteMinimum: 1,
        }),
      ),
    ),
    push_interval: Type.Number(
      key({
        description: 'greatest age of a window before it is pushed',
        unit: 's',
        default: 60,
        minimum: 1,
        maximum: 240,
        remote: true,
        remoteMinimum: 1,
      }),
    ),
    config_pull_interval: Type.Number(
      key({
        description: 'time between two pulls of the configuration',
        unit: 's',
        default: 300,
        minimum: 1,
        maximum: 86_400,
        remote: true,
        remoteMinimum: 30,
      }),
    ),
    state_dir: Type.String(
      key({
        description: 'identity, token, last good pulled configuration, spool (0700)',
        default: '/var/lib/pganalytics',
        path: true,
        restart: true,
      }),
    ),
  },
  { ...closed, default: {}, description: 'this collector' },
);
