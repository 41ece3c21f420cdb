import { expect, it } from "vitest";
import { before, onwards, START } from "./trail";

it("leads back page by page along the way", () => {
  const trail = onwards(onwards(START, null, "b"), "b", "c");
  expect(before(trail, "c")).toBe("b");
  expect(before(trail, "b")).toBeNull();
  // From a page in the middle the way goes on anew.
  expect(before(onwards(trail, "b", "d"), "d")).toBe("b");
});

it("leads back to the page that was opened by its address, and from there to the first", () => {
  const trail = onwards(START, "c", "d");
  expect(before(trail, "d")).toBe("c");
  expect(before(trail, "c")).toBeNull();
  expect(before(START, "c")).toBeNull();
});
