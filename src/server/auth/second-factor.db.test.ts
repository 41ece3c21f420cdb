import { TOTP } from "otpauth";
import { beforeEach, describe, expect, it } from "vitest";
import { withoutTenant, withUser } from "@/server/db";
import { accessToShop } from "@/server/tenancy/access";
import { setSecondFactorPolicy } from "@/server/tenancy/second-factor-policy";
import { type TestTenant, testMembers, testSignIn, testTenant } from "@/server/tenancy/world.testing";
import type { SignedIn } from "@/server/trpc/context";
import { createUser } from "./create-user";
import { beginSecondFactor, confirmSecondFactor, removeSecondFactor, renewRecoveryCodes, secondFactorStatus } from "./second-factor";
import { signInWithPassword } from "./sign-in";

const PASSWORD = "four unrelated words here";
let email: string;
let person: SignedIn;
let no = 0;
beforeEach(async () => {
  email = `factor${++no}@example.com`;
  const { id } = await createUser({ email, name: "Faktor", password: PASSWORD });
  person = await testSignIn(id);
});

/** The code an authenticator app shows now, or in the given number of steps. */
const codeOf = (uri: string, steps = 0): string => {
  const totp = new URL(uri).searchParams.get("secret") ?? "";
  return new TOTP({ secret: totp }).generate({ timestamp: Date.now() + steps * 30_000 });
};
const signIn = (code?: string) => signInWithPassword({ email, password: PASSWORD, code, ip: null });
const refusal = (code: string) => expect.objectContaining({ code });

/** Set up with the code of the step before, so that the present one is still unused. */
async function setUp(): Promise<{ uri: string; codes: string[] }> {
  // Not in the last moments of a step: what follows must happen in the same one.
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 3_000) await new Promise((done) => setTimeout(done, left));
  const { uri } = await beginSecondFactor(person);
  return { uri, ...(await confirmSecondFactor(person, codeOf(uri, -1))) };
}

describe("the second factor", () => {
  it("is asked for after the password, and each code opens once", async () => {
    const { uri } = await setUp();
    await expect(signIn()).rejects.toEqual(refusal("SECOND_FACTOR_CODE"));
    const code = codeOf(uri);
    expect(await signIn(`${code.slice(0, 3)} ${code.slice(3)}`)).toMatchObject({ email });
    await expect(signIn(code)).rejects.toEqual(refusal("SECOND_FACTOR_WRONG"));
    // Older than what was used: somebody noted it before.
    await expect(signIn(codeOf(uri, -1))).rejects.toEqual(refusal("SECOND_FACTOR_WRONG"));
  });

  it("says nothing of itself to who does not know the password", async () => {
    const { uri } = await setUp();
    for (const code of [undefined, codeOf(uri)])
      await expect(signInWithPassword({ email, password: "wrong wrong wrong", code, ip: null })).rejects.toEqual(
        refusal("INVALID_CREDENTIALS"),
      );
  });

  it("protects nothing before a code was shown, and can be begun again until then", async () => {
    await beginSecondFactor(person);
    expect(await signIn()).toMatchObject({ email });
    const { uri } = await beginSecondFactor(person);
    await expect(confirmSecondFactor(person, "000000")).rejects.toEqual(refusal("SECOND_FACTOR_WRONG"));
    expect(await secondFactorStatus(person)).toBeNull();
    await confirmSecondFactor(person, codeOf(uri));
    await expect(beginSecondFactor(person)).rejects.toEqual(refusal("SECOND_FACTOR_STATE"));
  });

  it("ends the sessions that were opened without it", async () => {
    const other = await testSignIn(person.user.id);
    await setUp();
    const live = await withUser(person.user.id, ({ trx }) =>
      trx.selectFrom("auth_session").select("id").where("user_id", "=", person.user.id).where("revoked_at", "is", null).execute(),
    );
    expect(live.map(({ id }) => id)).toEqual([person.sessionId]);
    expect(other.sessionId).not.toBe(person.sessionId);
  });

  it("gives recovery codes that open once each, until new ones replace them", async () => {
    const { codes } = await setUp();
    expect(new Set(codes).size).toBe(10);
    expect(await signIn(codes[0]?.toUpperCase())).toMatchObject({ email });
    await expect(signIn(codes[0])).rejects.toEqual(refusal("SECOND_FACTOR_WRONG"));
    expect(await secondFactorStatus(person)).toMatchObject({ codesLeft: 9 });
    await renewRecoveryCodes(person);
    await expect(signIn(codes[1])).rejects.toEqual(refusal("SECOND_FACTOR_WRONG"));
    await removeSecondFactor(person);
    expect(await signIn()).toMatchObject({ email });
  });

  it("does not keep the secret readable in the database", async () => {
    const { uri } = await setUp();
    const secret = new URL(uri).searchParams.get("secret") ?? "";
    const row = await withoutTenant(({ trx }) =>
      trx.selectFrom("auth_factor").select("secret").where("user_id", "=", person.user.id).executeTakeFirstOrThrow(),
    );
    expect(secret.length).toBeGreaterThan(30);
    expect(row.secret.toString("latin1")).not.toContain(secret);
  });
});

describe("an organisation that demands it", () => {
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await testTenant("Factor");
  });

  it("lets in neither owner nor finance without it, and marketing as before", async () => {
    const members = await testMembers(tenant);
    const owner = await testSignIn(members.owner);
    await expect(setSecondFactorPolicy(tenant.org, true)).rejects.toEqual(refusal("SECOND_FACTOR_FIRST"));
    const { uri } = await beginSecondFactor(owner);
    await confirmSecondFactor(owner, codeOf(uri));
    await setSecondFactorPolicy(tenant.org, true);
    const access = (userId: string) => accessToShop(userId, tenant.shopId);
    expect(await access(members.owner)).toMatchObject({ secondFactorMissing: false });
    const finance = await access(members.finance);
    expect(finance.secondFactorMissing).toBe(true);
    expect(finance.permissions.size).toBe(0);
    expect((await access(members.marketer)).permissions.size).toBeGreaterThan(0);
  });
});
