import { X509Certificate, createPrivateKey } from 'node:crypto';

/** Whether a private key belongs to a certificate (both PEM); false where one of them does not parse. */
export function keyFits(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}
