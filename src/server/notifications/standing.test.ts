import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Standing } from "./standing";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Answers one after the other, each after so long. */
const slowly = (answers: { ms: number; going: string[] }[]) => {
  const asked: string[][] = [];
  const ask = async (ids: readonly string[]) => {
    const answer = answers[asked.length];
    asked.push([...ids]);
    if (!answer) throw new Error("asked too often");
    await Promise.resolve();
    vi.advanceTimersByTime(answer.ms);
    return new Set(answer.going);
  };
  return { asked, ask };
};

describe("a decision to send", () => {
  it("is asked for anew when its answer took longer than it stands", async () => {
    const { asked, ask } = slowly([
      { ms: 900, going: ["a", "b"] },
      { ms: 10, going: ["b"] },
    ]);
    const standing = new Standing(["a", "b"], performance.now(), ask);
    vi.advanceTimersByTime(1_000);
    expect(await standing.allows("a")).toBe(false);
    expect(await standing.allows("b")).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it("is none when no answer comes in time", async () => {
    const { asked, ask } = slowly(Array.from({ length: 9 }, () => ({ ms: 900, going: ["a"] })));
    const standing = new Standing(["a"], performance.now(), ask);
    vi.advanceTimersByTime(1_000);
    await expect(standing.allows("a")).rejects.toThrow("in time");
    expect(asked).toHaveLength(3);
  });

  it("stands for a moment, and is renewed beside it", async () => {
    const { asked, ask } = slowly([{ ms: 10, going: [] }]);
    const standing = new Standing(["a"], performance.now(), ask);
    expect(await standing.allows("a")).toBe(true);
    expect(asked).toHaveLength(0);
    vi.advanceTimersByTime(400);
    expect(await standing.allows("a")).toBe(true);
    await Promise.resolve();
    await Promise.resolve();
    expect(await standing.allows("a")).toBe(false);
    expect(asked).toHaveLength(1);
  });
});
