import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where tests wait for processes and servers. */
const long = /\/test\/(?:process|integration|demo)\b/;

/** Begins with the tests that may take a minute: one that began last would be all that runs. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
