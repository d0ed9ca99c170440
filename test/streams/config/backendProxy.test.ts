import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asKey, keySchema } from '../../../src/schema/config/keySchema.ts';
import { isSecret } from '../../../src/schema/config/secretPaths.ts';
import { configSchema } from '../../../src/schema/config.ts';
import { backendRequest } from '../../../src/sinks/backendRequest.ts';
import { localConfig } from '../../../src/streams/config/localConfig.ts';
import { overlaidConfig } from '../../../src/streams/config/overlaidConfig.ts';
import { localOf, problemsOf, rulesWith, textOf } from '../../support/configuration.ts';

const rules = rulesWith();
const url = '[backend]\nurl = "https://backend.test"\n';
const proxy = 'proxy = "http://agent:hunter2@proxy.test:3128"\n';
const problems = async (text: string): Promise<string> =>
  (await problemsOf(localConfig(textOf(text), rules))).join('\n');

describe('[backend] proxy', () => {
  it('goes with every request to the backend, and is none by default', async () => {
    const call = { name: 'push', method: 'POST', path: '/x', issued: null, version: '1' } as const;
    const { config } = await localOf(url + proxy);
    expect(backendRequest(config, call).transport.proxy).toBe(
      'http://agent:hunter2@proxy.test:3128',
    );
    const none = (await localOf(url)).config;
    expect(backendRequest(none, call).transport).not.toHaveProperty('proxy');
  });

  it.each([
    ['a scheme that is not http', `${url}proxy = "socks5://agent:hunter2@proxy"\n`],
    ['no address', `${url}proxy = "http://agent:hunter2@:x"\n`],
    ['a backend in clear', `[backend]\nurl = "http://b"\nallow_plain_http = true\n${proxy}`],
  ])('refuses %s, and quotes nothing of it', async (_, text) => {
    const said = await problems(text);
    expect(said).toMatch(/^collector\.toml:\d+:/);
    expect(said).not.toContain('hunter2');
  });

  it('is a secret as a whole: it may hold a password', () => {
    const schema = asKey(configSchema({}));
    expect(keySchema(schema, ['backend', 'proxy'])).toMatchObject({ secret: true });
    expect(isSecret(['backend', 'proxy'], schema, new Set())).toBe(true);
  });

  it('is not set by a pulled configuration, also where it is the same', async () => {
    const local = await localOf(url + proxy);
    const pulled = { text: `[backend]\n${proxy}`, version: 7 };
    const said = await problemsOf(overlaidConfig(local, pulled, rules));
    expect(said.join('\n')).toContain('not open to a pulled configuration');
    expect(said.join('\n')).not.toContain('hunter2');
    const kept = await lastValueFrom(overlaidConfig(local, { text: '', version: 8 }, rules));
    expect(kept.config.backend.proxy).toContain('proxy.test');
  });
});
