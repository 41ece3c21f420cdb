import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withoutTenant } from "@/server/db";
import { testSignIn } from "@/server/tenancy/world.testing";
import { changePassword, confirmPassword, listSessions, revokeOtherSessions, revokeSession } from "./account";
import { createUser } from "./create-user";
import { openSession, requireStrong, resolveSession, revokeToken } from "./session";
import { personByVerifiedEmail, signInWithPassword } from "./sign-in";
import { throttle } from "./throttle";

const PASSWORD = "vier W\u00f6rter im Regen";
const ORIGIN = { ip: "192.0.2.1", userAgent: "test" };
let owner: pg.Client;
let userId: string;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  userId = (await createUser({ email: "J\u00f6rg@EX\u00c4MPLE.de", name: "J\u00f6rg", password: PASSWORD })).id;
});
afterAll(() => owner.end());
beforeEach(() => owner.query("delete from auth_throttle"));

const attempt = (email: string, password: string, ip = "192.0.2.1") => signInWithPassword({ email, password, ip });

describe("sign-in", () => {
  it("finds the person by every spelling of the address", async () => {
    expect((await attempt("jo\u0308rg@xn--exmple-cua.de", PASSWORD)).id).toBe(userId);
    expect((await attempt(" J\u00d6RG@ex\u00e4mple.DE ", PASSWORD)).id).toBe(userId);
    expect((await personByVerifiedEmail("J\u00f6rg@ex\u00e4mple.de"))?.id).toBe(userId);
  });

  it("makes one account per identity", async () => {
    await expect(createUser({ email: "jo\u0308rg@ex\u00e4mple.de", name: "Twin", password: null })).rejects.toMatchObject({
      code: "EMAIL_TAKEN",
    });
  });

  it("answers alike for a wrong password, an unknown and an impossible address", async () => {
    for (const email of ["j\u00f6rg@ex\u00e4mple.de", "nobody@example.com", "no address"]) {
      await expect(attempt(email, "wrong")).rejects.toMatchObject({ code: "INVALID_CREDENTIALS" });
    }
  });

  it("refuses a disabled account, and ends its sessions", async () => {
    const { id } = await createUser({ email: "gone@example.com", name: "Gone", password: PASSWORD });
    const token = await openSession(id, ORIGIN);
    await owner.query("update app_user set disabled_at = now() where id = $1", [id]);
    await expect(attempt("gone@example.com", PASSWORD)).rejects.toMatchObject({ code: "INVALID_CREDENTIALS" });
    expect(await resolveSession(token)).toBeNull();
    expect(await personByVerifiedEmail("gone@example.com")).toBeNull();
  });

  it("takes five tries a minute for an account from one address, also when they come at once", async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => attempt("j\u00f6rg@ex\u00e4mple.de", "wrong")));
    const codes = results.map((result) => (result.status === "rejected" ? result.reason.code : "ok"));
    expect(codes.filter((code) => code === "INVALID_CREDENTIALS")).toHaveLength(5);
    expect(codes.filter((code) => code === "TOO_MANY_REQUESTS")).toHaveLength(3);
    await expect(attempt("j\u00f6rg@ex\u00e4mple.de", PASSWORD)).rejects.toMatchObject({
      code: "TOO_MANY_REQUESTS",
      params: { seconds: expect.any(Number) },
    });
    // Another address is not locked out by it, and after the window it goes on.
    expect((await attempt("j\u00f6rg@ex\u00e4mple.de", PASSWORD, "192.0.2.2")).id).toBe(userId);
    await owner.query("update auth_throttle set window_start = window_start - interval '61 seconds'");
    expect((await attempt("j\u00f6rg@ex\u00e4mple.de", PASSWORD)).id).toBe(userId);
  });

  it("limits an account even when every try claims another address", async () => {
    const tries = Array.from({ length: 31 }, (_, i) => throttle({ key: "login-account:x", limit: 30, windowSeconds: 600 }).then(() => i));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });
});

describe("sessions", () => {
  it("store only the hash of the token", async () => {
    const token = await openSession(userId, ORIGIN);
    const rows = await owner.query("select * from auth_session where user_id = $1", [userId]);
    expect(JSON.stringify(rows.rows)).not.toContain(token);
    expect((await resolveSession(token))?.user.id).toBe(userId);
    expect(await resolveSession(`${token}x`)).toBeNull();
    expect(await resolveSession(null)).toBeNull();
  });

  it("end when signed out, after 8 h without use and after 30 days", async () => {
    const open = () => openSession(userId, ORIGIN);
    const [out, idle, old, used] = [await open(), await open(), await open(), await open()];
    const age = (token: string, change: string) =>
      owner.query(`update auth_session set ${change} where token_hash = sha256(convert_to($1, 'UTF8'))`, [token]);
    await revokeToken(out);
    await age(idle, "last_seen_at = now() - interval '8 hours 1 second'");
    await age(old, "expires_at = now() - interval '1 second'");
    await age(used, "last_seen_at = now() - interval '7 hours 59 minutes'");
    expect(await Promise.all([out, idle, old].map(resolveSession))).toEqual([null, null, null]);
    expect(await resolveSession(used)).not.toBeNull();
    // Being used moved the idle limit.
    const seen = await owner.query(
      "select now() - last_seen_at < interval '1 minute' as fresh from auth_session where token_hash = sha256(convert_to($1, 'UTF8'))",
      [used],
    );
    expect(seen.rows[0].fresh).toBe(true);
  });

  it("do not follow the test clock", async () => {
    const token = await openSession(userId, ORIGIN);
    await owner.query("select set_test_clock(now() + interval '90 days')");
    expect(await resolveSession(token)).not.toBeNull();
    await owner.query("select set_test_clock(null)");
  });

  it("can be listed and ended by their owner only", async () => {
    const [mine, another] = [await testSignIn(userId), await testSignIn(userId)];
    const stranger = await testSignIn((await createUser({ email: "stranger@example.com", name: "S", password: null })).id);
    expect((await listSessions(mine)).filter(({ current }) => current).map(({ id }) => id)).toEqual([mine.sessionId]);
    await expect(revokeSession(stranger, another.sessionId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await revokeSession(mine, another.sessionId);
    expect((await listSessions(mine)).map(({ id }) => id)).not.toContain(another.sessionId);
    expect(await revokeOtherSessions(mine)).toBeGreaterThan(0);
    expect(await listSessions(mine)).toHaveLength(1);
    expect(await listSessions(stranger)).toHaveLength(1);
  });
});

describe("step-up", () => {
  it("lasts ten minutes after the password was proved, by the database's clock", async () => {
    const signedIn = await testSignIn(userId);
    await requireStrong(signedIn);
    await owner.query("update auth_session set strong_at = now() - interval '10 minutes 1 second' where id = $1", [signedIn.sessionId]);
    await expect(requireStrong(signedIn)).rejects.toMatchObject({ code: "STEP_UP_REQUIRED" });
    await expect(confirmPassword(signedIn, "wrong")).rejects.toMatchObject({ code: "INVALID_CREDENTIALS" });
    await expect(requireStrong(signedIn)).rejects.toMatchObject({ code: "STEP_UP_REQUIRED" });
    await confirmPassword(signedIn, PASSWORD);
    await requireStrong(signedIn);
  });
});

describe("changing the password", () => {
  it("wants the old one, refuses a weak one, and ends the other sessions", async () => {
    const { id } = await createUser({ email: "change@example.com", name: "C", password: PASSWORD });
    const [here, there] = [await testSignIn(id), await openSession(id, ORIGIN)];
    await expect(changePassword(here, { current: "wrong", next: "neue W\u00f6rter im Schnee" })).rejects.toMatchObject({
      code: "INVALID_CREDENTIALS",
    });
    await expect(changePassword(here, { current: PASSWORD, next: "password1234" })).rejects.toMatchObject({ code: "WEAK_PASSWORD" });
    expect(await changePassword(here, { current: PASSWORD, next: "neue W\u00f6rter im Schnee" })).toEqual({ ended: 1 });
    expect(await resolveSession(there)).toBeNull();
    expect((await listSessions(here)).map((session) => session.id)).toEqual([here.sessionId]);
    expect((await attempt("change@example.com", "neue W\u00f6rter im Schnee")).id).toBe(id);
    await expect(attempt("change@example.com", PASSWORD)).rejects.toMatchObject({ code: "INVALID_CREDENTIALS" });
  });
});

describe("the throttle table", () => {
  it("does not grow for ever", async () => {
    await owner.query("insert into auth_throttle values ('old', now() - interval '2 hours', 1)");
    await attempt("j\u00f6rg@ex\u00e4mple.de", PASSWORD);
    const rows = await withoutTenant(({ trx }) => trx.selectFrom("auth_throttle").select("key").where("key", "=", "old").execute());
    expect(rows).toEqual([]);
  });
});
