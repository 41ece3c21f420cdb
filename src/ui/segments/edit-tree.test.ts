import fc from "fast-check";
import { expect, it } from "vitest";
import { canonical } from "@/server/segments/language/print";
import { EVERYONE } from "@/server/segments/schema";
import { someAst, someClause } from "@/server/segments/testing";
import { copyNode, type EditGroup, type EditNode, moveNode, newClause, newGroup, replaceNode, toAst, toTree } from "./edit-tree";

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
