import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as TLS servers and clients take them. */
export interface Pair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8, not encrypted. */
  readonly privateKey: string;
}

export interface Validity {
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: 365 days after `notBefore`. */
  readonly notAfter?: Date;
}

export interface ServerCertificateOptions extends Validity {
  /** Names and addresses that the certificate is for. Default: 127.0.0.1, ::1 and localhost. */
  readonly hosts?: readonly string[];
}

/** A certificate authority that lives in memory. Another one is another call of `makeAuthority`. */
export interface Authority {
  /** Its own certificate, PEM: what a `ca_file` holds. */
  readonly certificate: string;
  /** A server's certificate. */
  server(options?: ServerCertificateOptions): Promise<Pair>;
  /** A client's certificate; `name` becomes its common name. */
  client(name: string, validity?: Validity): Promise<Pair>;
  /** A server's certificate that ended yesterday. */
  expired(): Promise<Pair>;
  /** A server's certificate that begins tomorrow. */
  notYetValid(): Promise<Pair>;
  /** A server's certificate for another host. */
  wrongHost(): Promise<Pair>;
}

const dayMs = 86_400_000;
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;

/** Makes an authority with a key of its own, valid for ten years. */
export async function makeAuthority(name = 'Development authority'): Promise<Authority> {
  const keys = await generate(ecdsa);
  const issuer = `CN=${name}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: ecdsa,
    serialNumber: serial(),
    ...validity({ notAfter: new Date(Date.now() + 3650 * dayMs) }),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issue = async (subject: string, during: Validity, extensions: x509.Extension[]) => {
    const own = await generate(ecdsa);
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer,
      signingKey: keys.privateKey,
      publicKey: own.publicKey,
      signingAlgorithm: ecdsa,
      serialNumber: serial(),
      ...validity(during),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    return pem(certificate, own.privateKey);
  };
  const server = ({
    hosts = ['127.0.0.1', '::1', 'localhost'],
    ...during
  }: ServerCertificateOptions) =>
    issue(`CN=${hosts[0] ?? 'server'}`, during, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
    ]);
  const daysFromNow = (days: number) => new Date(Date.now() + days * dayMs);
  return {
    certificate: root.toString('pem') + '\n',
    server: (options = {}) => server(options),
    client: (subject, during = {}) =>
      issue(`CN=${subject}`, during, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
    expired: () => server({ notBefore: daysFromNow(-30), notAfter: daysFromNow(-1) }),
    notYetValid: () => server({ notBefore: daysFromNow(1), notAfter: daysFromNow(30) }),
    wrongHost: () => server({ hosts: ['elsewhere.example'] }),
  };
}

/** A self-signed client certificate, RSA-2048, 365 days: what the backend in the field issues at registration. */
export async function selfSigned(name: string, during: Validity = {}): Promise<Pair> {
  const keys = await generate(rsa);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: rsa,
    serialNumber: serial(),
    ...validity(during),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  return pem(certificate, keys.privateKey);
}

/**
 * Writes PEM files, 0600, into a folder that the caller made and removes: `ca.pem`, `cert.pem`, `key.pem`.
 *
 * @returns their paths, by the names of the configuration keys.
 */
export async function writePem(
  folder: string,
  authority: Pick<Authority, 'certificate'>,
  pair: Pair,
) {
  const paths = {
    ca_file: join(folder, 'ca.pem'),
    cert_file: join(folder, 'cert.pem'),
    key_file: join(folder, 'key.pem'),
  };
  await writeFile(paths.ca_file, authority.certificate, { mode: 0o600 });
  await writeFile(paths.cert_file, pair.certificate, { mode: 0o600 });
  await writeFile(paths.key_file, pair.privateKey, { mode: 0o600 });
  return paths;
}

const generate = (algorithm: typeof ecdsa | typeof rsa) =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

function validity({ notBefore = new Date(Date.now() - dayMs / 24), notAfter }: Validity) {
  return { notBefore, notAfter: notAfter ?? new Date(notBefore.getTime() + 365 * dayMs) };
}

/** 16 random bytes of which the first bit is 0, because serial numbers are positive. */
function serial(): string {
  const bytes = webcrypto.getRandomValues(Buffer.alloc(16));
  bytes[0]! &= 0x7f;
  return bytes.toString('hex');
}

async function pem(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<Pair> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return {
    certificate: certificate.toString('pem') + '\n',
    privateKey: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') + '\n',
  };
}
