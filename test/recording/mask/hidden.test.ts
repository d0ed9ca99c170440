import { describe, expect, it } from 'vitest';
import { configFormat } from '../../../src/io/config/configFormat.ts';
import { hidden } from '../../../src/recording/mask/hidden.ts';
import { maskCell } from '../../../src/postgres/maskCell.ts';
import { maskConfig } from '../../../src/recording/mask/maskConfig.ts';
import { maskReply } from '../../../src/recording/mask/maskReply.ts';
import { claimsOf } from '../../../src/recording/placeholderToken.ts';
import { fakeToken } from '../../support/fakeTokens.ts';

const names = new Set([
  'backend',
  'url',
  'postgres',
  'host',
  'user',
  'ca_file',
  'interval',
  'name',
]);
const masks = () => ({
  format: configFormat,
  isPublic: (key: string) => names.has(key),
  hidden: hidden({
    places: new Map([
      ['/home/ann/pg', '/server'],
      ['/home/ann', '/home'],
      ['db7', 'host'],
    ]),
  }),
});
const reply = (status: number, body: unknown, headers = {}) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  complete: true,
});

describe('what a recording hides', () => {
  it('replaces names of the host and its folders, the longest first, as whole words', () => {
    const { text } = masks().hidden;
    expect(text('/home/ann/pg/log on db7, not db70')).toBe('/server/log on host, not db70');
    expect(text('/home/ann/x')).toBe('/home/x');
  });

  it('lets no token, key or password through, wherever it stands', () => {
    const { all } = masks().hidden;
    const token = fakeToken({ sub: 'x' });
    const key = '-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----';
    const masked = JSON.stringify(
      all({
        a: [`Bearer ${token}`],
        b: key,
        [token]: 'postgres://u:hunter2@h',
        d: 'password=hunter2',
      }),
    );
    expect(masked).not.toMatch(/hunter2|MII|eyJ/);
  });

  it('numbers ids in the order in which they come, the same one each time', () => {
    const { ids } = masks().hidden;
    const a = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
    const b = '7f2504e0-4f89-41d3-9a0c-0305e82c3301';
    const once = ids(`${a} ${b} ${a.toUpperCase()}`);
    expect(once).toBe(
      '00000000-0000-4000-8000-000000000001 00000000-0000-4000-8000-000000000002 00000000-0000-4000-8000-000000000001',
    );
    expect(ids(once)).toBe(once);
  });

  it('redacts what looks like a statement in any row, and leaves words and values', () => {
    expect(maskCell("/* app */ select * from t where a = 'secret'")).toBe(
      '  select * from t where a = ?',
    );
    expect(maskCell('select')).toBe('select');
    expect(maskCell('2026-01-01 10:00:00+00')).toBe('2026-01-01 10:00:00+00');
    expect(maskCell(null)).toBeNull();
  });
});

describe('maskConfig', () => {
  it('shows public keys, and placeholders for all others, files and the environment', () => {
    const text = `
[backend]
url = "https://x.example"
[[postgres]]
host = "127.0.0.1"
name = "\${NAME}"
password = "hunter2"
pasword = "hunter2"
ca_file = "/home/ann/ca.pem"
[sysstat]
interval = 5
`;
    expect(JSON.parse(maskConfig(text, masks()))).toEqual({
      backend: { url: 'https://x.example' },
      postgres: [
        {
          host: '127.0.0.1',
          name: 'placeholder',
          password: 'placeholder',
          pasword: 'placeholder',
          ca_file: '/placeholder/ca_file',
        },
      ],
      sysstat: { interval: 5 },
    });
  });

  it('makes a text that cannot be parsed one that cannot be parsed either', () => {
    const masked = maskConfig('password = "hunter2', masks());
    expect(masked).not.toContain('hunter2');
    expect(configFormat.parse(masked)).toHaveProperty('problem');
  });
});

describe('maskReply', () => {
  const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

  it('makes a token that opens nothing and lives as long', () => {
    const token = fakeToken({ collector_id: id, iat: 10, exp: 70 });
    const { body } = maskReply(
      'register',
      reply(200, { collector_id: id, token, private_key: 'k', certificate: 'c' }),
      masks(),
    );
    const answer = JSON.parse(body) as Record<string, string>;
    expect(Object.keys(answer)).toEqual(['collector_id', 'token']);
    expect(body).not.toContain(id);
    expect(body).not.toContain(token.split('.')[2]);
    expect(claimsOf(answer['token']!)).toEqual({
      collector_id: answer['collector_id'],
      iat: 10,
      exp: 70,
    });
    // What hides real tokens leaves placeholders alone.
    expect(masks().hidden.text(body)).toBe(body);
  });

  it('keeps of the headers what the collector reads', () => {
    const headers = { 'set-cookie': 'a=b', 'retry-after': '2', server: 'x' };
    expect(maskReply('push', reply(503, '', headers), masks()).headers).toEqual({
      'retry-after': '2',
    });
  });

  it('shows nothing of an answer to a registration that is no JSON', () => {
    expect(maskReply('register', reply(200, 'token=hunter2'), masks()).body).toBe('');
  });

  it('masks a configuration', () => {
    const { body } = maskReply('config', reply(200, '[backend]\nsecret = "hunter2"\n'), masks());
    expect(JSON.parse(body)).toEqual({ backend: { secret: 'placeholder' } });
  });
});
