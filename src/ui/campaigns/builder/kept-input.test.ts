import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forgetInput, keepInput, keptInput } from "./kept-input";

/** A browser's storage, as far as it is needed here. */
beforeEach(() => {
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
  vi.stubGlobal("window", { localStorage });
});
afterEach(() => vi.unstubAllGlobals());

const mine = { userId: "u1", id: "shop" };

it("brings back to a person what was not saved, of the same version of the draft only", () => {
  keepInput(mine, { id: "c", version: 3 }, { name: "Sommer" });
  expect(keptInput(mine, { id: "c", version: 3 })).toEqual({ name: "Sommer" });
  expect(keptInput(mine, { id: "c", version: 4 })).toBeNull();
  forgetInput(mine, "c");
  expect(keptInput(mine, { id: "c", version: 3 })).toBeNull();
});

it("brings it back to nobody else who signs in on the same machine: a draft would be theirs that they did not write", () => {
  keepInput(mine, null, { name: "Sommer" });
  expect(keptInput({ userId: "u2", id: "shop" }, null)).toBeNull();
  expect(keptInput({ userId: "u1", id: "other" }, null)).toBeNull();
  expect(keptInput(mine, null)).toEqual({ name: "Sommer" });
});
