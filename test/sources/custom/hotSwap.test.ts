import { Value } from '@sinclair/typebox/value';
import { map, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import { CustomQuery } from '../../../src/schema/config/custom.ts';
import { custom } from '../../../src/sources/custom/custom.ts';
import { marbles } from '../../support/marbles.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const query = (set: object): unknown => Value.Default(CustomQuery, { interval: 10, ...set });
const a = query({ sql: 'SELECT 1' });
const sections = {
  o: { enabled: true, allow_superuser: false, a },
  p: { enabled: true, allow_superuser: false, a, b: query({ sql: 'SELECT 2' }) },
  q: { enabled: true, allow_superuser: false, b: query({ sql: 'SELECT 3' }) },
};

describe('custom queries', () => {
  it(
    'come, change and go without touching the others',
    marbles(({ hot, expectObservable, flush }) => {
      const asked: string[] = [];
      const server = fakeServer(({ name }: Query) => {
        asked.push(name);
        const rows: Row[] =
          name === 'custom/(role)'
            ? [['18', 'f', 'monitor', 'postgres', 'f']]
            : [['n'], ['23'], ['1'], ['7']];
        return timer(1).pipe(map(() => rows));
      });
      const settings$ = hot('o 14999ms p 9999ms q', sections) as never;
      const context = serverContext(custom, server, { settings$ });
      const names: string[] = [];
      const read$ = custom.read(context as never).pipe(
        map(({ metric, part }) => {
          names.push(`${part ?? ''} ${metric.timestamp.slice(17, 19)}`);
        }),
      );
      expectObservable(read$.pipe(map(() => undefined)), '^ 40s !');
      flush();
      expect(names).toEqual(['a 00', 'a 10', 'b 15', 'a 20', 'b 20', 'b 30']);
      // Prepared once for each text: a was not touched by what happened to b.
      const prepared = asked.filter((name) => name.endsWith('/columns'));
      expect(prepared).toEqual(['custom/a/columns', 'custom/b/columns', 'custom/b/columns']);
    }),
  );
});
