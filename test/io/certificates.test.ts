import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, type Pair, makeAuthority } from '../../dev/certificates.ts';
import { CertificateError } from '../../src/errors.ts';
import { expiryWarnings, fingerprint, loadCertificates } from '../../src/io/certificates.ts';

const DAY = 86_400_000;
let folder: string;
let authority: Authority;
let pair: Pair;
let other: Pair;
const none = { certFile: null, keyFile: null, caFile: null, issued: null };

const file = async (name: string, text: string, mode = 0o600): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-certificates-'));
  authority = await makeAuthority();
  pair = await authority.client('collector');
  other = await authority.client('other');
});
afterAll(() => rm(folder, { recursive: true }));

async function refusal(choice: Parameters<typeof loadCertificates>[0]): Promise<string> {
  const error: unknown = await loadCertificates(choice).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CertificateError);
  const { message } = error as CertificateError;
  expect(message).not.toContain('PRIVATE KEY-----\n');
  return message;
}

describe('loadCertificates', () => {
  it('loads a certificate with its key and the authorities', async () => {
    const certFile = await file('good.pem', pair.certificate);
    const keyFile = await file('good.key', pair.privateKey);
    const caFile = await file('ca.pem', authority.certificate + authority.certificate);
    const loaded = await loadCertificates({ certFile, keyFile, caFile, issued: null });
    expect(loaded).toMatchObject({ cert: pair.certificate, key: pair.privateKey });
    expect(loaded.validity.map(({ name }) => name)).toEqual([certFile, caFile, caFile]);
  });

  it('prefers files to what registration issued', async () => {
    const certFile = await file('good.pem', pair.certificate);
    const keyFile = await file('good.key', pair.privateKey);
    const loaded = await loadCertificates({ ...none, certFile, keyFile, issued: other });
    expect(loaded.cert).toBe(pair.certificate);
    expect((await loadCertificates({ ...none, issued: other })).cert).toBe(other.certificate);
  });

  it('refuses a key of another certificate, naming both files', async () => {
    const certFile = await file('good.pem', pair.certificate);
    const keyFile = await file('other.key', other.privateKey);
    const message = await refusal({ ...none, certFile, keyFile });
    expect(message).toContain(certFile);
    expect(message).toContain(keyFile);
  });

  it.each([
    ['a missing certificate', null, 'key', /does not exist/],
    ['a certificate that is DER', '\u0030\u0082', 'key', /openssl x509 -inform der/],
    ['a certificate that was cut', 'cut', 'key', /PEM/],
    ['a missing key', 'cert', null, /does not exist/],
    ['an encrypted key', 'cert', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx', /openssl pkey/],
    ['a file without a key', 'cert', 'nothing', /no private key/],
    ['a broken key', 'cert', '-----BEGIN PRIVATE KEY-----\nx\n', /cannot be parsed/],
  ] as const)('refuses %s with the remedy', async (_, cert, key, expected) => {
    const texts = { cert: pair.certificate, cut: pair.certificate.slice(0, 200) };
    const certFile =
      cert === null
        ? join(folder, 'missing.pem')
        : await file('a.pem', cert === 'cert' || cert === 'cut' ? texts[cert] : cert);
    const keyFile =
      key === null
        ? join(folder, 'missing.key')
        : await file('a.key', key === 'key' ? pair.privateKey : key);
    expect(await refusal({ ...none, certFile, keyFile })).toMatch(expected);
  });

  it('refuses a key that others can read', async () => {
    const certFile = await file('good.pem', pair.certificate);
    const keyFile = await file('open.key', pair.privateKey, 0o644);
    expect(await refusal({ ...none, certFile, keyFile })).toContain(`chmod o-rwx ${keyFile}`);
  });

  it('refuses one of certificate and key without the other', async () => {
    expect(await refusal({ ...none, certFile: '/x' })).toContain('key_file is not');
    expect(await refusal({ ...none, keyFile: '/x' })).toContain('cert_file is not');
  });

  it.each([
    ['ended', { notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) }],
    [
      'has not begun',
      { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 9 * DAY) },
    ],
  ])('refuses a configured certificate that %s, and says what the clock says', async (_, dates) => {
    const bad = await authority.client('bad', dates);
    const certFile = await file('bad.pem', bad.certificate);
    const keyFile = await file('bad.key', bad.privateKey);
    expect(await refusal({ ...none, certFile, keyFile })).toContain("host's clock");
    // An issued one is presented all the same: only the backend knows whether it looks at the dates.
    await expect(loadCertificates({ ...none, issued: bad })).resolves.toBeDefined();
  });
});

describe('expiryWarnings', () => {
  it('warns from 30 days before the end on', async () => {
    const end = new Date(Date.now() + 100 * DAY);
    const client = await authority.client('soon', { notAfter: end });
    const loaded = await loadCertificates({ ...none, issued: client });
    expect(expiryWarnings(loaded, end.getTime() - 31 * DAY)).toEqual([]);
    expect(expiryWarnings(loaded, end.getTime() - 29.5 * DAY)[0]).toContain('in 29 days');
    expect(expiryWarnings(loaded, end.getTime() + 2 * DAY)[0]).toContain('expired');
  });
});

describe('fingerprint', () => {
  it('changes when a file is written, replaced or removed', async () => {
    const certFile = await file('fp.pem', 'a');
    const choice = { ...none, certFile };
    const seen = [await fingerprint(choice), await fingerprint(choice)];
    expect(seen[0]).toBe(seen[1]);
    await writeFile(certFile, 'bb');
    seen.push(await fingerprint(choice));
    await rm(certFile);
    seen.push(await fingerprint(choice));
    expect(new Set(seen).size).toBe(3);
  });
});
