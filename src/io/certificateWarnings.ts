import { Observable } from 'rxjs';
import { type CertificateChoice, expiryWarnings, loadCertificates } from './certificates.ts';

/**
 * Emits one sentence for each certificate of a transport that ends soon, once all have been found good. Errors with
 * `CertificateError` where one is not.
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
