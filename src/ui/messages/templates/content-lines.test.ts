import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineChanges, linesOf } from "./content-lines";

const names = { block: (type: string) => type, field: (name: string) => name };

describe("what differs between two versions", () => {
  it("keeps every line of both, in their order", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const changes = lineChanges(before, after);
        const of = (...kinds: string[]) => changes.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
        expect(of("same", "removed")).toEqual(before);
        expect(of("same", "added")).toEqual(after);
        // Nothing is called new that stands in the same place.
        if (before.join() === after.join()) expect(of("removed", "added")).toEqual([]);
      }),
      { seed: 7 },
    );
  });

  it("shows words, addresses and blocks within columns", () => {
    const part = {
      subject: "S",
      preheader: "",
      blocks: [
        { type: "text" as const, text: "one\n\ntwo" },
        {
          type: "columns" as const,
          left: [{ type: "button" as const, label: "Go", url: "https://x.example" }],
          right: [{ type: "credit" as const }],
        },
      ],
    };
    expect(linesOf({ de: part, en: part }, "de", names)).toEqual([
      "subject: S",
      "text:",
      "  one",
      "  two",
      "columns:",
      "  | button: Go → https://x.example",
      "  || credit",
    ]);
    expect(linesOf({ de: { text: "x" }, en: { text: "y" } }, "en", names)).toEqual(["sms: y"]);
  });
});
