import { describe, expect, it, vi } from "vitest";
import { AppError } from "@/server/errors";
import { checkPasswordStrength, hashPassword, verifyPassword } from "./password";

/** What was asked of scrypt: the same work is what keeps an answer from telling whether an account exists. Time itself is too noisy. */
const scryptCalls = vi.hoisted((): { bytes: number; N?: number; r?: number; p?: number }[] => []);
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const scrypt = (...[password, salt, bytes, options, done]: Parameters<typeof crypto.scrypt>) => {
    scryptCalls.push({ bytes, N: options.N, r: options.r, p: options.p });
    crypto.scrypt(password, salt, bytes, options, done);
  };
  return { ...crypto, scrypt };
});

describe("passwords", () => {
  it("verify against their own hash only, whatever the composition of the umlauts", async () => {
    const hash = await hashPassword("Gr\u00fcne Wiese im Nebel");
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$/);
    expect(await verifyPassword("Gru\u0308ne Wiese im Nebel", hash)).toBe(true);
    expect(await verifyPassword("Gr\u00fcne Wiese im Nebe", hash)).toBe(false);
    expect(await hashPassword("Gr\u00fcne Wiese im Nebel")).not.toBe(hash);
  });

  it("verify with the parameters of the hash, so that the cost can change later", async () => {
    const { scryptSync } = await import("node:crypto");
    const salt = Buffer.from("0123456789abcdef");
    const old = ["scrypt", 1024, 8, 1, salt.toString("base64url"), scryptSync("old password", salt, 32, { N: 1024 }).toString("base64url")];
    expect(await verifyPassword("old password", old.join("$"))).toBe(true);
    expect(await verifyPassword("new password", old.join("$"))).toBe(false);
  });

  it("cost the same work for an unknown person as for a known one", async () => {
    const hash = await hashPassword("correct horse battery");
    await verifyPassword("warm up", null);
    const workOf = async (stored: string | null) => {
      scryptCalls.length = 0;
      expect(await verifyPassword("wrong password", stored)).toBe(false);
      return [...scryptCalls];
    };
    const known = await workOf(hash);
    expect(known).toEqual([{ bytes: 32, N: 32_768, r: 8, p: 3 }]);
    expect(await workOf(null)).toEqual(known);
  });

  it.each(["short", "aaaaaaaaaaaaaa", "Passwort123!", "guthaben2026", "anna.schmidt1", "1234567890", "x".repeat(201)])(
    "%s is weak",
    (password) => {
      expect(() => checkPasswordStrength(password, "anna.schmidt@example.com")).toThrow(AppError);
    },
  );

  it.each(["vier W\u00f6rter zum Merken", "kT7#vv0-qLm2", "\u96ea\u304c\u964d\u308b\u5bd2\u3044\u51ac\u306e\u671d\u3060"])(
    "%s is accepted",
    (password) => {
      expect(() => checkPasswordStrength(password, "anna@example.com")).not.toThrow();
    },
  );
});
