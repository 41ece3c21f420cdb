import { describe, expect, it, vi } from "vitest";
import { openSecret, sealSecret } from "./secret-box";

vi.stubEnv("AUTH_SECRET", "a secret of at least thirty-two characters");
vi.stubEnv("DATABASE_URL", "postgres://nowhere");

describe("sealed secrets", () => {
  it("open again where they were sealed, and look different every time", () => {
    const sealed = sealSecret("pässword", "channel:secret:1");
    expect(openSecret(sealed, "channel:secret:1")).toBe("pässword");
    expect(sealed.equals(sealSecret("pässword", "channel:secret:1"))).toBe(false);
    expect(sealed.toString("latin1")).not.toContain("ssword");
  });

  it("do not open in another row, nor after a change of any byte", () => {
    const sealed = sealSecret("secret", "channel:secret:1");
    expect(() => openSecret(sealed, "channel:secret:2")).toThrow();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openSecret(changed, "channel:secret:1")).toThrow();
    }
  });
});
