import { Observable } from 'rxjs';
import { type CertificateChoice, expiryWarnings, loadCertificates } from './certificates.ts';

/**
 * Loads and checks the certificates that are chosen; emits what should be said of their validity. Errors with
 * `CertificateError`.
 */
export function certificateWarnings(choice: CertificateChoice): Observable<readonly string[]> {
  return new Observable((subscriber) => {
    loadCertificates(choice).then(
      (certificates) => {
        subscriber.next(expiryWarnings(certificates));
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
