import { everyFieldIsFilled } from '../support/everyFieldIsFilled.ts';

everyFieldIsFilled(18, {});
