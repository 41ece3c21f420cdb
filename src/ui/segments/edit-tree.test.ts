import fc from "fast-check";
import { expect, it } from "vitest";
import { canonical } from "@/server/segments/language/print";
import { EVERYONE } from "@/server/segments/schema";
import { someAst, someClause } from "@/server/segments/testing";
import {
  copyNode,
  type EditGroup,
  type EditNode,
  findNode,
  insertAst,
  moveNode,
  moveTo,
  newClause,
  newGroup,
  nodeAst,
  replaceNode,
  toAst,
  toTree,
} from "./edit-tree";

it("keeps the meaning of every query", () => {
  fc.assert(
    fc.property(someAst, (ast) => {
      expect(canonical(toAst(toTree(ast)))).toEqual(canonical(ast));
    }),
  );
});

it("means everyone without a condition, and leaves empty groups out", () => {
  expect(toAst(toTree(EVERYONE))).toEqual(EVERYONE);
  expect(toAst(newGroup("or", [newGroup("and", [])]))).toEqual(EVERYONE);
});

const ids = (node: EditNode): string[] => (node.kind === "clause" ? [node.id] : [node.id, ...node.children.flatMap(ids)]);

it("changes, copies, moves and removes one node and nothing else", () => {
  fc.assert(
    fc.property(someAst, someClause, fc.nat(), (ast, clause, index) => {
      const root = toTree(ast);
      const all = ids(root).slice(1);
      const id = all[index % all.length] ?? "";
      const changed = replaceNode(root, id, () => newClause(clause));
      expect(ids(changed)).not.toContain(id);
      const copied = copyNode(root, id);
      expect(new Set(ids(copied)).size).toBe(ids(copied).length);
      expect(ids(copied).length).toBeGreaterThan(ids(root).length);
      expect(ids(moveNode(moveNode(root, id, 1), id, -1)).sort()).toEqual(ids(root).sort());
    }),
  );
});

it("removes a group with its last condition, but never the root", () => {
  const clause = newClause({ kind: "null", attribute: "last_order_date", negated: false });
  const root: EditGroup = newGroup("and", [newGroup("or", [clause])]);
  expect(replaceNode(root, clause.id, () => null)).toEqual({ ...root, children: [] });
});

const leaves = (node: EditNode): string[] => (node.kind === "clause" ? [node.id] : node.children.flatMap(leaves));
const groups = (node: EditNode): EditGroup[] => (node.kind === "clause" ? [] : [node, ...node.children.flatMap(groups)]);

it("moves any node to any place without losing or doubling a condition", () => {
  fc.assert(
    fc.property(someAst, fc.nat(), fc.nat(), fc.nat(), (ast, pick, pickGroup, pickIndex) => {
      const root = toTree(ast);
      const all = ids(root).slice(1);
      const id = all[pick % all.length] ?? "";
      const everywhere = groups(root);
      const target = everywhere[pickGroup % everywhere.length];
      if (!target) throw new Error("a tree has a group");
      const index = pickIndex % (target.children.length + 1);
      const moved = moveTo(root, id, target.id, index);
      expect(leaves(moved).sort()).toEqual(leaves(root).sort());
      const node = findNode(root, id);
      if (node && !findNode(node, target.id)) {
        expect(
          groups(moved)
            .find((group) => group.id === target.id)
            ?.children.map((child) => child.id),
        ).toContain(id);
      } else expect(moved).toBe(root);
    }),
  );
});

it("puts a node exactly where it was dropped", () => {
  const [a, b, c] = (["first_order_date", "last_order_date", "customer_tags"] as const).map((name) =>
    newClause({ kind: "null", attribute: name, negated: false }),
  );
  if (!a || !b || !c) throw new Error("three conditions");
  const inner = newGroup("or", [c]);
  const root = newGroup("and", [a, b, inner]);
  expect(leaves(moveTo(root, a.id, root.id, 2))).toEqual([b.id, a.id, c.id]);
  expect(moveTo(root, a.id, inner.id, 1)).toEqual({ ...root, children: [b, { ...inner, children: [c, a] }] });
  // The group that is left empty goes too.
  expect(moveTo(root, c.id, root.id, 0)).toEqual({ ...root, children: [c, a, b] });
  expect(moveTo(root, inner.id, inner.id, 0)).toBe(root);
});

it("pastes what was copied", () => {
  fc.assert(
    fc.property(someAst, someClause, (ast, clause) => {
      const beside = newClause(clause);
      const root = newGroup("and", [beside]);
      const pasted = insertAst(root, beside.id, ast);
      const copy = pasted.children[1];
      if (!copy) throw new Error("nothing was pasted");
      expect(canonical(nodeAst(copy) ?? EVERYONE)).toEqual(canonical(ast));
    }),
  );
});
