import { join } from 'node:path';
import type { Config } from '../schema/config.ts';

/** The path of the socket on which the agent of a configuration takes taps. */
export const tapSocketOf = ({ tap, collector }: Config): string =>
  tap.socket ?? join(collector.state_dir, 'tap.sock');
