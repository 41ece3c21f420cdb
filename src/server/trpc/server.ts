import { TRPCError } from "@trpc/server";
import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import type { Permission } from "@/server/auth/permissions";
import { clientIp } from "@/server/auth/request";
import { resolveSession } from "@/server/auth/session";
import { readSessionToken } from "@/server/auth/session-cookie";
import { AppError } from "@/server/errors";
import { type ReachableShop, reachOf } from "@/server/tenancy/reach";
import type { RequestContext, SignedIn } from "./context";
import { createCallerFactory } from "./init";
import { PAGE_HEADER } from "./page-header";
import { appRouter } from "./root";

/** The context of the request being rendered; the session is looked up once per request. */
export const requestContext = cache(async (): Promise<RequestContext> => {
  const [jar, head] = await Promise.all([cookies(), headers()]);
  return { signedIn: await resolveSession(await readSessionToken(jar)), requestId: crypto.randomUUID(), ip: clientIp(head) };
});

const createCaller = createCallerFactory(appRouter);

/** Calls procedures from server components with the same guards as over HTTP. */
export const getCaller = cache(async () => createCaller(await requestContext()));

/** The sign-in page, which leads back to the page of this request. */
async function toSignIn(): Promise<never> {
  const page = (await headers()).get(PAGE_HEADER);
  redirect(page && page !== "/" ? `/login?next=${encodeURIComponent(page)}` : "/login");
}

/** The signed-in person, or a redirect to the sign-in page that leads back here. */
export async function requireSignedIn(): Promise<SignedIn> {
  const { signedIn } = await requestContext();
  return signedIn ?? toSignIn();
}

/** What the signed-in person may open, read once per request. */
export const requestReach = cache(async () => reachOf((await requireSignedIn()).user.id));

/** The shop of the page. A shop that the person does not reach does not exist. */
export async function requestShop(shopId: string): Promise<ReachableShop> {
  const shop = (await requestReach()).shops.find(({ id }) => id === shopId);
  return shop ?? notFound();
}

/** For pages whose data the browser asks for: a page one may not use is no page. The procedures guard themselves again. */
export async function requirePermission(shopId: string, permission: Permission): Promise<ReachableShop> {
  const shop = await requestShop(shopId);
  // The layout shows the way to the second factor; its page must not answer with "not found" meanwhile.
  return shop.secondFactorMissing || shop.permissions.includes(permission) ? shop : notFound();
}

/** Turns the guard's answers into what a page does: the sign-in page, or "not found" (also for FORBIDDEN: a page one may not see is no page). */
export async function orNotFound<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = error instanceof TRPCError ? error.cause : error;
    if (cause instanceof AppError && cause.code === "UNAUTHENTICATED") return toSignIn();
    if (cause instanceof AppError && (cause.code === "NOT_FOUND" || cause.code === "FORBIDDEN")) notFound();
    if (error instanceof TRPCError && error.code === "BAD_REQUEST") notFound();
    throw error;
  }
}
