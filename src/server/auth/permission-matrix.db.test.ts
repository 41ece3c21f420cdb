import { TRPCError } from "@trpc/server";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withoutTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import {
  type TestTenant,
  testAgencyPerson,
  testMembers,
  testPerson,
  testRequest,
  testSignIn,
  testTenant,
} from "@/server/tenancy/world.testing";
import type { SignedIn } from "@/server/trpc/context";
import type { ProcedureMeta } from "@/server/trpc/init";
import { createCallerFactory } from "@/server/trpc/init";
import { appRouter } from "@/server/trpc/root";
import { type Permission, permissionsOf, ROLES } from "./permissions";

/*
 * Every procedure × every role × own and foreign tenant. The procedures are read from the router itself, so that a new one is covered,
 * and refused here when it does not say what it needs. Calls carry the tenant's id and nothing else: the guard must answer before the
 * rest of the input matters. "Allowed" therefore means: any other outcome than the guard's.
 */
type Walked = { path: string; meta: ProcedureMeta | undefined };
const isProcedure = (value: unknown): value is { _def: { meta?: ProcedureMeta } } => typeof value === "function" && "_def" in value;
const procedures: Walked[] = Object.entries<unknown>(appRouter._def.procedures).map(([path, procedure]) => ({
  path,
  meta: isProcedure(procedure) ? procedure._def.meta : undefined,
}));
const guarded = procedures.flatMap(({ path, meta }) => (meta?.permission ? [{ path, ...meta }] : []));

/** What may be open without a tenant. A new entry here is a decision, not a formality. */
const WITHOUT_SIGN_IN = ["auth.acceptInvitation", "auth.invitation", "auth.resetPassword"];

const createCaller = createCallerFactory(appRouter);

/** Calls a procedure by its path and returns our error code, or "ok" for success and every error that is not ours. */
async function outcome(who: SignedIn | null, path: string, input: unknown): Promise<string> {
  const steps = path.split(".");
  let at: unknown = createCaller(testRequest(who));
  for (const step of steps) at = (at as Record<string, unknown>)[step];
  try {
    await (at as (input: unknown) => Promise<unknown>)(input);
    return "ok";
  } catch (error) {
    const cause = error instanceof TRPCError ? error.cause : error;
    return cause instanceof AppError ? cause.code : "ok";
  }
}

type Person = { name: string; signedIn: SignedIn; permissions: ReadonlySet<Permission> };
let own: TestTenant;
let foreign: TestTenant;
let people: Person[];
let stranger: SignedIn;

const AGENCY_ROLES = ["admin", "marketer", "analyst", "support", "finance"] as const;

beforeAll(async () => {
  [own, foreign] = [await testTenant("Own"), await testTenant("Foreign")];
  const members = await testMembers(own);
  people = [];
  for (const role of ROLES) {
    people.push({ name: role, signedIn: await testSignIn(members[role]), permissions: permissionsOf(role, false) });
  }
  for (const role of AGENCY_ROLES) {
    const { userId } = await testAgencyPerson(own, role);
    people.push({ name: `agency (${role})`, signedIn: await testSignIn(userId), permissions: permissionsOf(role, true) });
  }
  stranger = await testSignIn(await testPerson("Stranger"));
});

// Counting attempts is tested elsewhere; here it would only make the outcome depend on the number of procedures.
beforeEach(() => withoutTenant(({ trx }) => trx.deleteFrom("auth_throttle").execute()));

const inputOf = (access: "org" | "shop", tenant: TestTenant) => (access === "org" ? { orgId: tenant.orgId } : { shopId: tenant.shopId });

describe("every procedure", () => {
  it("says what it needs", () => {
    expect(procedures.filter(({ meta }) => meta === undefined).map(({ path }) => path)).toEqual([]);
    expect(procedures.length).toBeGreaterThan(20);
  });

  it("is open without sign-in only if listed", () => {
    expect(
      procedures
        .filter(({ meta }) => meta?.access === "public")
        .map(({ path }) => path)
        .sort(),
    ).toEqual(WITHOUT_SIGN_IN);
  });

  it.each(procedures.filter(({ meta }) => meta?.access !== "public"))("$path refuses the signed-out", async ({ path, meta }) => {
    const input = meta?.access === "org" || meta?.access === "shop" ? inputOf(meta.access, own) : {};
    expect(await outcome(null, path, input)).toBe("UNAUTHENTICATED");
  });
});

describe.each(guarded)("$path ($permission)", ({ path, access, permission }) => {
  it("answers each role by its permissions", async () => {
    for (const { name, signedIn, permissions } of people) {
      const result = await outcome(signedIn, path, inputOf(access, own));
      if (permissions.has(permission)) expect(["FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED"], `${name} on ${path}`).not.toContain(result);
      else expect(result, `${name} on ${path}`).toBe("FORBIDDEN");
    }
  });

  it("does not exist for strangers and in foreign tenants", async () => {
    expect(await outcome(stranger, path, inputOf(access, own))).toBe("NOT_FOUND");
    for (const { name, signedIn } of people) {
      expect(await outcome(signedIn, path, inputOf(access, foreign)), `${name} on ${path}`).toBe("NOT_FOUND");
    }
  });
});
