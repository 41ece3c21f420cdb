import { expect, it } from "vitest";
import { contentSecurityPolicy } from "./content-security";

const rule = (policy: string, name: string) => policy.split("; ").find((part) => part.startsWith(`${name} `));

it("lets only this answer's scripts run, and the page into nobody's frame", () => {
  const policy = contentSecurityPolicy("abc", false);
  expect(rule(policy, "script-src")).toBe("script-src 'self' 'nonce-abc' 'strict-dynamic'");
  expect(rule(policy, "connect-src")).toBe("connect-src 'self'");
  expect(rule(policy, "frame-ancestors")).toBe("frame-ancestors 'none'");
  expect(rule(policy, "base-uri")).toBe("base-uri 'none'");
});

it("allows hot reload in development only", () => {
  expect(rule(contentSecurityPolicy("abc", true), "script-src")).toContain("'unsafe-eval'");
});
