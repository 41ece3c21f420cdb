import { afterEach, expect, it, vi } from "vitest";
import { readKept } from "./kept-draft";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const draft = { name: "Sommer", description: "", query: "orders > 1", tags: ["a"] };
const storage = (getItem: () => string | null) => vi.stubGlobal("window", { sessionStorage: { getItem } });

it("brings back what was written to the same version only", () => {
  storage(() => JSON.stringify({ version: 2, draft }));
  expect(readKept({ key: "s", version: 2 })).toEqual(draft);
  expect(readKept({ key: "s", version: 3 })).toBeNull();
});

it("opens the editor where the browser keeps nothing", () => {
  const told = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  storage(() => {
    throw new DOMException("forbidden", "SecurityError");
  });
  expect(readKept({ key: "s", version: 2 })).toBeNull();
  expect(told).toHaveBeenCalledOnce();
});
