import { expect, it } from "vitest";
import { needsEdit } from "./needs-edit";

it.each([
  ["timePast", true],
  ["templateGone", true],
  ["monthCapExceeded", false],
  ["audienceEmpty", false],
])("%s stands in the way: only a change of the draft mends it is %s", (problems, edit) => {
  expect(needsEdit({ statusParams: { problems } })).toBe(edit);
});

it("may be started again when nothing is named that stands in the way", () => {
  expect(needsEdit({ statusParams: {} })).toBe(false);
});
