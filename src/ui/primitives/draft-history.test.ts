import fc from "fast-check";
import { expect, it } from "vitest";
import { record, redo, startHistory, undo } from "./draft-history";

it("goes back to every state and forth again", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 30 }), (states) => {
      let history = startHistory("start");
      for (const [index, state] of states.entries()) history = record(history, state, null, index);
      const all = ["start", ...states];
      for (const state of all.toReversed()) {
        expect(history.present).toBe(state);
        history = undo(history);
      }
      expect(undo(history)).toBe(history);
      for (const state of all) {
        expect(history.present).toBe(state);
        history = redo(history);
      }
      expect(redo(history)).toBe(history);
    }),
  );
});

it("takes letters typed in one go as one step, and a pause or another place as a new one", () => {
  let history = startHistory("");
  for (const [at, text] of [
    [0, "a"],
    [100, "ab"],
    [200, "abc"],
  ] as const)
    history = record(history, text, "text", at);
  history = record(history, "abcd", "text", 5_000);
  history = record(history, "abcde", "rule", 5_100);
  expect(history.past).toEqual(["", "abc", "abcd"]);
  expect(undo(history).present).toBe("abcd");
});

it("forgets what was undone once something else is done", () => {
  const history = undo(record(record(startHistory(1), 2, null, 0), 3, null, 0));
  expect(redo(record(history, 4, null, 0)).present).toBe(4);
});
