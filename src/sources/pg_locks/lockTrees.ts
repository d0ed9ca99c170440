/** Who waits for whom: a process, and those in its way. */
export interface Wait {
  readonly pid: number;
  readonly blockers: readonly number[];
}

/** A process in a tree of waits. */
export interface TreeNode {
  readonly pid: number;
  /** How many wait between it and the root: 0 for the root. */
  readonly depth: number;
  /** The process under which it stands; null for the root. */
  readonly parent: number | null;
}

/** A process that waits for nobody, or is the first of a circle, and all who wait because of it, each under its parent. */
export type LockTree = readonly TreeNode[];

/**
 * Puts waits together to trees, the largest first. Each process stands once, below the blocker that itself waits longest
 * in the row: then a chain reads as a chain. Within a tree, depth first.
 *
 *     3 waits for 2, 2 waits for 1, 4 waits for 1 and 3      →     1 ─ 2 ─ 3 ─ 4
 *
 * A circle (a deadlock that the server has not ended yet) is cut open at one of its processes.
 */
export function lockTrees(waits: readonly Wait[]): readonly LockTree[] {
  const blockersOf = new Map(waits.map(({ pid, blockers }) => [pid, blockers]));
  const depths = new Map<number, number>();
  const depthOf = (pid: number, path: ReadonlySet<number>): number => {
    const known = depths.get(pid);
    if (known !== undefined) return known;
    const within = new Set(path).add(pid);
    const above = (blockersOf.get(pid) ?? []).filter((blocker) => !within.has(blocker));
    const depth =
      above.length === 0 ? 0 : 1 + Math.max(...above.map((each) => depthOf(each, within)));
    depths.set(pid, depth);
    return depth;
  };

  const all = new Set(waits.flatMap(({ pid, blockers }) => [pid, ...blockers]));
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (const pid of all) depthOf(pid, new Set());
  for (const pid of all) {
    const depth = depths.get(pid) ?? 0;
    const parent = (blockersOf.get(pid) ?? []).find((each) => depths.get(each) === depth - 1);
    if (parent === undefined) roots.push(pid);
    else children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const trees = roots.map((root) => {
    const tree: TreeNode[] = [];
    const add = (pid: number, depth: number, parent: number | null): void => {
      tree.push({ pid, depth, parent });
      for (const child of children.get(pid) ?? []) add(child, depth + 1, pid);
    };
    add(root, 0, null);
    return tree;
  });
  return trees.sort((a, b) => b.length - a.length);
}
