import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { CertificateError, messageOf } from '../errors.ts';
import type { Transport } from '../ports/http.ts';

/** Which certificates a transport uses: files win over what registration issued. */
export type CertificateChoice = Pick<Transport, 'certFile' | 'keyFile' | 'caFile' | 'issued'>;

/** Checked PEM texts, ready for TLS. */
export interface Certificates {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** Every certificate with what it is called in messages and when it ends, ms since 1970. */
  readonly validity: readonly { readonly name: string; readonly until: number }[];
}

const DAY_MS = 86_400_000;
/** From how long before the end of a certificate on its owner is warned. */
const WARN_MS = 30 * DAY_MS;

/**
 * Loads and checks the certificates of a transport: they parse, the key fits the certificate, both are valid now.
 *
 * An issued certificate that has ended is still presented: only the backend can say whether it matters.
 *
 * Errors: `CertificateError`, naming the file and the remedy.
 */
export async function loadCertificates(
  choice: CertificateChoice,
  now = Date.now(),
): Promise<Certificates> {
  const { certFile, keyFile, caFile, issued } = choice;
  if ((certFile === null) !== (keyFile === null)) {
    const [has, lacks] = certFile === null ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
    throw new CertificateError(`[tls] ${has} is set but ${lacks} is not; set both or none`);
  }
  const validity: { name: string; until: number }[] = [];
  let cert: string | undefined;
  let key: string | undefined;
  if (certFile !== null && keyFile !== null) {
    cert = await readPem(certFile, 'certificate');
    key = await readKey(keyFile);
    const leaf = parseCertificate(cert, certFile);
    checkPair(leaf, key, certFile, keyFile);
    checkDates(leaf, certFile, now);
    validity.push({ name: certFile, until: Date.parse(leaf.validTo) });
  } else if (issued) {
    cert = issued.certificate;
    key = issued.privateKey;
    const leaf = parseCertificate(cert, 'the issued certificate');
    checkPair(leaf, key, 'the issued certificate', 'the issued key');
    validity.push({ name: 'the issued certificate', until: Date.parse(leaf.validTo) });
  }
  const ca = caFile === null ? undefined : await readPem(caFile, 'certificate authority');
  if (ca !== undefined && caFile !== null) {
    for (const block of blocks(ca)) {
      const until = Date.parse(parseCertificate(block, caFile).validTo);
      validity.push({ name: caFile, until });
    }
  }
  return { cert, key, ca, validity };
}

/** One sentence for each certificate that ends within 30 days, or has ended. */
export function expiryWarnings({ validity }: Certificates, now = Date.now()): readonly string[] {
  return validity.flatMap(({ name, until }) => {
    const days = Math.floor((until - now) / DAY_MS);
    if (until - now > WARN_MS) return [];
    const date = new Date(until).toISOString().slice(0, 10);
    return days < 0
      ? [`${name} expired on ${date}; replace it`]
      : [`${name} expires on ${date}, in ${days} days; replace it before`];
  });
}

/** Changes whenever one of the files is replaced or written; a missing file is a state too. */
export async function fingerprint(choice: CertificateChoice): Promise<string> {
  const paths = [choice.certFile, choice.keyFile, choice.caFile];
  const states = await Promise.all(
    paths.map(async (path) => {
      if (path === null) return '-';
      const found = await stat(path).catch(() => null);
      return found === null
        ? 'missing'
        : `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`;
    }),
  );
  const issued = choice.issued ? digest(choice.issued.certificate + choice.issued.privateKey) : '-';
  return [...states, issued].join(' ');
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

async function readPem(path: string, what: string): Promise<string> {
  const { text } = await readRegular(path, `the ${what}`);
  if (blocks(text).length === 0) {
    throw new CertificateError(
      `${path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----); from DER: ` +
        `openssl x509 -inform der -in ${path} -out <file>.pem`,
    );
  }
  return text;
}

async function readKey(path: string): Promise<string> {
  const { text, mode } = await readRegular(path, 'the key');
  if ((mode & 0o007) !== 0) {
    throw new CertificateError(`other users can read the key ${path}: chmod o-rwx ${path}`);
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new CertificateError(
      `the key ${path} is encrypted; write it without a passphrase: openssl pkey -in ${path} -out <file>.pem`,
    );
  }
  if (!/-----BEGIN (\w+ )?PRIVATE KEY-----/.test(text)) {
    throw new CertificateError(`${path} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)`);
  }
  return text;
}

/** The text and mode of a regular file. Opening without blocking: a FIFO in its place must not hold a thread. */
async function readRegular(
  path: string,
  what: string,
): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new CertificateError(`${what} ${path} is not a regular file`);
      return { text: await file.readFile('utf8'), mode: stats.mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    throw new CertificateError(`cannot read ${what} ${path}: ${reason(error)}`);
  }
}

const blocks = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];

function parseCertificate(pem: string, name: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateError(`${name} cannot be parsed as a certificate in PEM; is it complete?`);
  }
}

function checkPair(leaf: X509Certificate, key: string, certName: string, keyName: string): void {
  let fits: boolean;
  try {
    fits = leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new CertificateError(
      `${keyName} cannot be parsed as a private key in PEM; is it complete?`,
    );
  }
  if (!fits) {
    throw new CertificateError(
      `${keyName} is not the key of ${certName}; the first certificate in the file must be the collector's own`,
    );
  }
}

function checkDates(leaf: X509Certificate, name: string, now: number): void {
  const clock = `this host's clock says ${new Date(now).toISOString()}`;
  if (Date.parse(leaf.validTo) < now) {
    throw new CertificateError(`${name} expired on ${leaf.validTo}; replace it (${clock})`);
  }
  if (Date.parse(leaf.validFrom) > now) {
    throw new CertificateError(`${name} is not valid before ${leaf.validFrom} (${clock})`);
  }
}

const reason = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'it does not exist' : (code ?? messageOf(error));
};
