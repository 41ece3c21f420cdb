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
