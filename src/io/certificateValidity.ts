import { Observable } from 'rxjs';
import { type CertificateChoice, type Certificates, loadCertificates } from './certificates.ts';

/** Emits every certificate that is chosen, and when it ends. Errors with `CertificateError`. */
export function certificateValidity(
  choice: CertificateChoice,
): Observable<Certificates['validity']> {
  return new Observable((subscriber) => {
    loadCertificates(choice).then(
      ({ validity }) => {
        subscriber.next(validity);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
