import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Authority, makeAuthority, selfSigned, writePem } from '../../dev/certificates.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority();
});
const read = (pem: string) => new X509Certificate(pem);

describe('makeAuthority', () => {
  it('issues server certificates for the loopback names that OpenSSL trusts', async () => {
    const pair = await authority.server();
    const certificate = read(pair.certificate);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('elsewhere.example')).toBeUndefined();
    expect(certificate.verify(read(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.privateKey))).toBe(true);
  });

  it('issues client certificates with the given name and life', async () => {
    const notAfter = new Date('2040-01-01T00:00:00Z');
    const pair = await authority.client('collector 1', { notAfter });
    const certificate = read(pair.certificate);
    expect(certificate.subject).toBe('CN=collector 1');
    expect(Date.parse(certificate.validTo)).toBe(notAfter.getTime());
    expect(certificate.checkIssued(read(authority.certificate))).toBe(true);
  });

  it('issues the faulty variants', async () => {
    const now = Date.now();
    const validity = async (made: Promise<{ certificate: string }>) => {
      const { validFrom, validTo } = read((await made).certificate);
      return [Date.parse(validFrom) < now, now < Date.parse(validTo)];
    };
    expect(await validity(authority.server())).toStrictEqual([true, true]);
    expect(await validity(authority.expired())).toStrictEqual([true, false]);
    expect(await validity(authority.notYetValid())).toStrictEqual([false, true]);
    expect(read((await authority.wrongHost()).certificate).checkIP('127.0.0.1')).toBeUndefined();
  });

  it('makes another authority at each call', async () => {
    const other = await makeAuthority();
    const { certificate } = await other.server();
    expect(read(certificate).verify(read(authority.certificate).publicKey)).toBe(false);
  });
});

describe('selfSigned', () => {
  it('makes an RSA certificate of a year that no authority signed', async () => {
    const { certificate, privateKey } = await selfSigned('collector 2');
    const { subject, issuer, publicKey, validFrom, validTo } = read(certificate);
    expect([subject, issuer]).toStrictEqual(['CN=collector 2', 'CN=collector 2']);
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect((Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000).toBe(365);
    expect(read(certificate).checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  });
});

describe('writePem', () => {
  it('writes files that only their owner reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pem-'));
    try {
      const pair = await authority.client('x');
      const files = await writePem(folder, authority, pair);
      expect(await readFile(files.key_file, 'utf8')).toBe(pair.privateKey);
      expect(await readFile(files.cert_file, 'utf8')).toBe(pair.certificate);
      expect(await readFile(files.ca_file, 'utf8')).toBe(authority.certificate);
      for (const path of Object.values(files)) expect((await stat(path)).mode & 0o777).toBe(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
