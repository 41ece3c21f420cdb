import { EditorState, Transaction } from "@codemirror/state";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitting } from "./fit";
import { leftNearLimit } from "./parts";

const start = (doc: string, at: number, max: number, multiline = false) =>
  EditorState.create({ doc, selection: { anchor: at }, extensions: [fitting(multiline, () => max)] });
const paste = (state: EditorState, text: string, userEvent = "input.paste") => {
  const transaction = state.update(state.replaceSelection(text), { userEvent });
  const { doc, selection } = transaction.state;
  return { text: doc.toString(), caret: selection.main.head, event: transaction.annotation(Transaction.userEvent) };
};

describe("what comes into a field", () => {
  it("is one line where there is only one, with the caret behind it", () => {
    expect(paste(start("vorn hinten", 5, 200), "eins\n  zwei\ndrei ")).toEqual({
      text: "vorn eins zwei drei hinten",
      caret: 20,
      event: "input.paste",
    });
    expect(paste(start("vorn hinten", 5, 200, true), "eins\nzwei ").text).toBe("vorn eins\nzwei hinten");
  });
  it("is cut where a plain field would cut it, never through an emoji", () => {
    expect(paste(start("abcd", 2, 8), "x".repeat(250))).toMatchObject({ text: "abxxxxcd", caret: 6 });
    expect(paste(start("abcd", 2, 7), "x👍👍")).toMatchObject({ text: "abx👍cd", caret: 5 });
    expect(paste(start("abcd", 2, 6), "x👍")).toMatchObject({ text: "abxcd", caret: 3 });
    expect(paste(start("abcd", 2, 4), "x")).toMatchObject({ text: "abcd", caret: 2 });
  });
  it("is whole or nothing if it was chosen from the list", () => {
    expect(paste(start("abcd", 2, 20), "{{ first_name }}", "input.complete").text).toBe("ab{{ first_name }}cd");
    expect(paste(start("abcd", 2, 19), "{{ first_name }}", "input.complete").text).toBe("abcd");
  });
  it("has no control characters", () => {
    expect(paste(start("", 0, 50, true), "a\0b\u001b\tc\nd\ud800").text).toBe("ab\tc\nd");
  });
  it("may always become shorter, even if it was too long", () => {
    const state = start("abcdef", 0, 3);
    expect(state.update({ changes: { from: 1, to: 2 } }).state.doc.toString()).toBe("acdef");
    expect(state.update({ changes: { from: 1, to: 3, insert: "xyz" } }).state.doc.toString()).toBe("adef");
  });
  it("never goes over the limit, and leaves the rest alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: "binary" }), fc.nat(60), fc.nat(), (doc, text, max, place) => {
        const plain = doc.replace(/[^ -~]/g, "");
        const at = place % (plain.length + 1);
        const found = paste(start(plain, at, max), text);
        expect(found.text.length).toBeLessThanOrEqual(Math.max(max, plain.length));
        expect(found.text.startsWith(plain.slice(0, at)) && found.text.endsWith(plain.slice(at))).toBe(true);
        expect(found.caret).toBe(found.text.length - (plain.length - at));
        expect(found.text.includes("\n")).toBe(false);
      }),
    );
  });
});

it("says near the limit how much is left", () => {
  expect(leftNearLimit("a".repeat(100), 200)).toBeNull();
  expect(leftNearLimit("a".repeat(170), 200)).toBe(30);
  expect(leftNearLimit("a".repeat(950), 1_000)).toBe(50);
  expect(leftNearLimit("a".repeat(1_200), 1_000)).toBe(0);
});
