import { describe, expect, it } from 'vitest';
import { isSecretSetting, keyedHash } from '../../../src/sources/pg_settings/settingMask.ts';

describe('isSecretSetting', () => {
  it.each([
    'primary_conninfo',
    'archive_command',
    'restore_command',
    'ssl_passphrase_command',
    'basebackup_to_shell.command',
    'acme.token',
    'anon.salt',
  ])('%s may hold a secret', (name) => expect(isSecretSetting(name)).toBe(true));

  it.each(['work_mem', 'pg_stat_statements.max', 'auto_explain.log_min_duration', 'search_path'])(
    '%s does not',
    (name) => expect(isSecretSetting(name)).toBe(false),
  );
});

describe('keyedHash', () => {
  it('is the same for the same value and key, and another for any other', () => {
    expect(keyedHash('k', 'a')).toBe(keyedHash('k', 'a'));
    expect(keyedHash('k', 'a')).not.toBe(keyedHash('k', 'b'));
    expect(keyedHash('k', 'a')).not.toBe(keyedHash('l', 'a'));
  });
});
