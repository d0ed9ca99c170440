import type { LogChunk, LogMark } from '../../ports/logs.ts';
import type { Allowance } from './allowance.ts';
import type { FileQueue } from './fileQueue.ts';
import type { LogFolder } from './logFolder.ts';

/** What a follower is given. */
export interface FollowOptions {
  readonly folder: LogFolder;
  readonly queue: FileQueue;
  readonly mark: LogMark | undefined;
  readonly allowance: Allowance;
  readonly emit: (chunk: LogChunk) => void;
  /** Whether nobody listens any more. */
  readonly ended: () => boolean;
  /** Whether nothing more will come than what stands there. */
  readonly finishing: () => boolean;
  /** Resolves after a while, earlier when the allowance changed or nobody listens any more. */
  readonly pause: (ms?: number) => Promise<void>;
  /** Called with each chunk as long as much is read without a pause. */
  readonly hurry: () => void;
}
