import { everyFieldIsFilled } from '../support/everyFieldIsFilled.ts';
import { eachVersion, majors } from './eachVersion.ts';

eachVersion(
  // 18 is in the suite of every day.
  majors.filter((major) => major < 18),
  ({ major, options }) => everyFieldIsFilled(major, options),
);
