import { type Ast, type Clause, isClause, type Node } from "@/server/segments/schema";

/**
 * The visual form of a query: every group and condition carries an id, so that inputs keep their place while others come and go, and a
 * NOT is a switch instead of a level of its own. Pure.
 */
export type EditGroup = { id: string; kind: "group"; op: "and" | "or"; negated: boolean; children: EditNode[] };
export type EditClause = { id: string; kind: "clause"; negated: boolean; clause: Clause };
export type EditNode = EditGroup | EditClause;

let counter = 0;
/** Ids live in the browser only and are never compared with the server's. */
function newId(): string {
  counter += 1;
  return `n${counter}`;
}

export const newClause = (clause: Clause): EditClause => ({ id: newId(), kind: "clause", negated: false, clause });
export const newGroup = (op: "and" | "or", children: EditNode[]): EditGroup => ({
  id: newId(),
  kind: "group",
  op,
  negated: false,
  children,
});

function toNode(node: Node): EditNode {
  if (isClause(node)) return newClause(node);
  if (node.kind === "not") {
    const child = toNode(node.child);
    return { ...child, negated: !child.negated };
  }
  return newGroup(node.kind, node.children.map(toNode));
}

/** The root is always a group, so that there is a place for the next condition. */
export function toTree(ast: Ast): EditGroup {
  const node = toNode(ast);
  return node.kind === "group" && !node.negated ? node : newGroup("and", [node]);
}

/** Empty groups (just added, nothing in them yet) mean nothing and are left out. */
export function toAst(root: EditGroup): Ast {
  return fromNode(root) ?? { kind: "and", children: [] };
}

function fromNode(node: EditNode): Node | null {
  const inner = node.kind === "clause" ? node.clause : fromGroup(node);
  return inner && node.negated ? { kind: "not", child: inner } : inner;
}

function fromGroup(group: EditGroup): Node | null {
  const children = group.children.map(fromNode).filter((child) => child !== null);
  const [only, ...others] = children;
  if (!only) return null;
  return others.length === 0 ? only : { kind: group.op, children };
}

/** Replaces a node (null removes it). A group other than the root goes with its last child. */
export function replaceNode(root: EditGroup, id: string, change: (node: EditNode) => EditNode | null): EditGroup {
  const visit = (node: EditNode): EditNode | null => {
    if (node.id === id) return change(node);
    if (node.kind === "clause") return node;
    const children = node.children.map(visit).filter((child) => child !== null);
    const changed = children.length !== node.children.length || children.some((child, index) => child !== node.children[index]);
    if (!changed) return node;
    return children.length === 0 && node.id !== root.id ? null : { ...node, children };
  };
  const next = visit(root);
  return next?.kind === "group" ? next : newGroup("and", []);
}

/** Puts a copy behind the original. */
export function copyNode(root: EditGroup, id: string): EditGroup {
  return eachGroup(root, (children) => {
    const at = children.findIndex((child) => child.id === id);
    const node = children[at];
    return node ? [...children.slice(0, at + 1), withNewIds(node), ...children.slice(at + 1)] : children;
  });
}

/** Moves a node among its siblings by one place. */
export function moveNode(root: EditGroup, id: string, by: -1 | 1): EditGroup {
  return eachGroup(root, (children) => {
    const at = children.findIndex((child) => child.id === id);
    const [node, other] = [children[at], children[at + by]];
    if (!node || !other) return children;
    const next = [...children];
    next[at] = other;
    next[at + by] = node;
    return next;
  });
}

function eachGroup(group: EditGroup, change: (children: EditNode[]) => EditNode[]): EditGroup {
  const children = change(group.children);
  if (children !== group.children) return { ...group, children };
  return { ...group, children: children.map((child) => (child.kind === "group" ? eachGroup(child, change) : child)) };
}

const withNewIds = (node: EditNode): EditNode =>
  node.kind === "clause" ? { ...node, id: newId() } : { ...node, id: newId(), children: node.children.map(withNewIds) };

/** The node with that id, anywhere below. */
export function findNode(node: EditNode, id: string): EditNode | undefined {
  if (node.id === id) return node;
  if (node.kind === "clause") return undefined;
  for (const child of node.children) {
    const found = findNode(child, id);
    if (found) return found;
  }
  return undefined;
}

/** Levels of groups in a node: 0 for a condition. */
export function levelsOf(node: EditNode): number {
  return node.kind === "clause" ? 0 : 1 + Math.max(0, ...node.children.map(levelsOf));
}

/** Puts a node at a place of any group (`index` as it is before the move). A group cannot go into itself. */
export function moveTo(root: EditGroup, id: string, groupId: string, index: number): EditGroup {
  const node = findNode(root, id);
  if (!node || id === root.id || findNode(node, groupId)) return root;
  const there = findNode(root, groupId);
  if (there?.kind !== "group") return root;
  const from = there.children.findIndex((child) => child.id === id);
  // Before or after itself is where it already is.
  if (from !== -1 && (index === from || index === from + 1)) return root;
  // Under another id first: the group it leaves may go with its last child, and must not take the moved one along.
  const arrived = { ...node, id: newId() };
  const inserted = replaceNode(root, groupId, () => ({
    ...there,
    children: [...there.children.slice(0, index), arrived, ...there.children.slice(index)],
  }));
  return replaceNode(
    replaceNode(inserted, id, () => null),
    arrived.id,
    () => node,
  );
}

/** Puts what was copied behind a node, or at the end of a group. */
export function insertAst(root: EditGroup, beside: string, ast: Ast): EditGroup {
  const node = toNode(ast);
  const target = findNode(root, beside);
  if (target?.kind === "group") return replaceNode(root, beside, () => ({ ...target, children: [...target.children, node] }));
  return eachGroup(root, (children) => {
    const at = children.findIndex((child) => child.id === beside);
    return at === -1 ? children : [...children.slice(0, at + 1), node, ...children.slice(at + 1)];
  });
}

/** What a single node means, for copying it as text. */
export const nodeAst = (node: EditNode): Ast | null => fromNode(node);
