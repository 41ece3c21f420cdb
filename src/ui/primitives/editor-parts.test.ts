import fc from "fast-check";
import { expect, it } from "vitest";
import { changedPart } from "./editor-parts";

it("leads from one text to the other, and touches nothing at their equal ends", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const part = changedPart(before, after);
      if (part === null) return before === after;
      const { from, to, insert } = part.changes;
      const result = before.slice(0, from) + insert + before.slice(to);
      return result === after && part.end === from + insert.length && before.slice(from, to) !== insert;
    }),
  );
  expect(changedPart("Hallo Welt", "Hallo schöne Welt")).toEqual({ changes: { from: 6, to: 6, insert: "schöne " }, end: 13 });
});
