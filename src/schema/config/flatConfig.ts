import type { Config } from '../config.ts';
import type { Table } from './plainData.ts';

/** An effective configuration in the form of its file: sections of metric types beside the others. */
export function flatConfig({ sections, ...core }: Config): Table {
  return { ...core, ...sections };
}
