import type { ConfigText } from '../../ports/configFile.ts';
import type { Config } from '../../schema/config.ts';

/** What works but should not stay so, one sentence each. */
export function configWarnings(
  { backend, tls, postgres }: Config,
  { name, exposed }: Pick<ConfigText, 'name' | 'exposed'>,
): readonly string[] {
  const warnings: string[] = [];
  if (exposed && postgres.some(({ password }) => password !== undefined)) {
    warnings.push(
      `${name} holds a password and every user can read it: chmod 600 it, or use password_file`,
    );
  }
  if (backend.url?.startsWith('http://')) {
    warnings.push('allow_plain_http: metrics and tokens go to the backend in clear');
  }
  if (backend.url !== undefined && !tls.verify) {
    warnings.push('[tls] verify = false: anyone on the way can pose as the backend and read all');
  }
  return warnings;
}
