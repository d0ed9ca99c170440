import { describe, expect, it } from 'vitest';
import { connectionText } from '../../src/commands/connectionText.ts';
import { UsageError } from '../../src/errors.ts';

const serverOf = (address: string | null, environment: Record<string, string> = {}): unknown =>
  (JSON.parse(connectionText(address, environment)) as { postgres: unknown[] }).postgres[0];

describe('connectionText', () => {
  it('takes what the address says, and the rest from libpq’s environment', () => {
    const environment = { PGHOST: 'elsewhere', PGPORT: '5433', PGUSER: 'me', PGPASSWORD: 'secret' };
    expect(serverOf('postgres://app@db/shop?sslmode=require', environment)).toEqual({
      host: 'db',
      port: 5433,
      user: 'app',
      database: 'shop',
      sslmode: 'require',
      password: 'secret',
    });
    expect(serverOf(null, environment)).toMatchObject({
      host: 'elsewhere',
      user: 'me',
      database: 'me',
    });
  });

  it('takes a socket’s directory, and defaults like libpq', () => {
    expect(serverOf('postgres:///shop?host=/run/postgresql', { USER: 'ann' })).toEqual({
      host: '/run/postgresql',
      port: 5432,
      user: 'ann',
      database: 'shop',
    });
  });

  it('lets no password refer to the environment', () => {
    expect(connectionText(null, { PGPASSWORD: 'a${HOME}' })).toContain('a$${HOME}');
  });

  it('says nothing of this host for a server elsewhere', () => {
    expect(JSON.parse(connectionText('postgres://db', {}))).toMatchObject({
      sysstat: { enabled: false },
    });
    expect(connectionText('postgres://localhost', {})).not.toContain('sysstat');
  });

  it('ignores nothing that it is told', () => {
    expect(
      serverOf('postgres:///?host=db&port=5433&user=me&dbname=x&connect_timeout=3'),
    ).toMatchObject({ host: 'db', port: 5433, user: 'me', database: 'x', connect_timeout: 3 });
    expect(serverOf('postgres://db?sslmode=prefer')).not.toHaveProperty('sslmode');
    expect(() => connectionText('postgres://db?sslmode=full', {})).toThrow(
      'unknown sslmode "full"',
    );
    expect(() => connectionText(null, { PGSSLMODE: 'full' })).toThrow('verify-full');
    expect(() => connectionText('postgres://db?options=-c', {})).toThrow('"options"');
  });

  it('refuses what is no address', () => {
    expect(() => connectionText('postgres://a:b:c', {})).toThrow(UsageError);
  });
});
