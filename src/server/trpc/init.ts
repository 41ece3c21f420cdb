import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";
import type { Permission } from "@/server/auth/permissions";
import { requireStrong } from "@/server/auth/session";
import { throttle } from "@/server/auth/throttle";
import { AppError, type ErrorCode, type ErrorParams } from "@/server/errors";
import { unstorable } from "@/server/storable";
import { accessToOrganisation, accessToShop, userActor } from "@/server/tenancy/access";
import type { ShopContext, TenantContext } from "@/server/tenancy/context";
import type { RequestContext } from "./context";

/** Every procedure says what it needs; the permission test walks these. */
export type ProcedureMeta =
  | { access: "public" | "signedIn"; permission?: never; stepUp?: never }
  | { access: "org" | "shop"; permission: Permission; stepUp: boolean };

type GuardOptions = {
  /** The password must have been proved within ten minutes (exports, keys, members); asked after the permission. */
  stepUp?: boolean;
};

/** What the browser gets of an error: a code to translate and its values. Never a stack or an SQL text. */
export type ErrorData = { appCode: ErrorCode; params: ErrorParams; requestId: string | null; fields: Record<string, string[]> | null };

const TRPC_CODE: Record<number, TRPCError["code"]> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  503: "SERVICE_UNAVAILABLE",
};

const t = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer: superjson,
    errorFormatter({ shape, error, ctx }) {
      const cause = error.cause;
      const zodError = cause instanceof z.ZodError ? cause : null;
      const appCode: ErrorCode =
        cause instanceof AppError
          ? cause.code
          : error.code === "BAD_REQUEST" || zodError
            ? "VALIDATION"
            : error.code === "NOT_FOUND"
              ? "NOT_FOUND"
              : "INTERNAL";
      const data: ErrorData = {
        appCode,
        params: cause instanceof AppError ? cause.params : {},
        requestId: ctx?.requestId ?? null,
        fields: zodError ? z.flattenError(zodError).fieldErrors : null,
      };
      return {
        ...shape,
        message: appCode,
        data: { code: shape.data.code, httpStatus: shape.data.httpStatus, path: shape.data.path, ...data },
      };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Turns business errors into tRPC errors once, and logs what is a defect. */
const errors = t.middleware(async ({ next, path, ctx }) => {
  const result = await next();
  if (result.ok) return result;
  const cause = result.error.cause;
  if (cause instanceof AppError)
    throw new TRPCError({ code: TRPC_CODE[cause.status] ?? "INTERNAL_SERVER_ERROR", cause, message: cause.code });
  if (result.error.code === "INTERNAL_SERVER_ERROR") console.error(`trpc ${path} ${ctx.requestId}:`, cause ?? result.error);
  return result;
});

/** A person, not a script: far above what hands can do, far below what hurts. Machines use the REST API, which has its own limits. */
const MUTATIONS_PER_MINUTE = 120;

const limitMutations = t.middleware(async ({ ctx, type, next }) => {
  if (type === "mutation" && ctx.signedIn) {
    await throttle({ key: `mutation:${ctx.signedIn.user.id}`, limit: MUTATIONS_PER_MINUTE, windowSeconds: 60 });
  }
  return next();
});

const refuseUnstorable = t.middleware(async ({ getRawInput, next }) => {
  const bad = unstorable(await getRawInput());
  if (bad) throw new TRPCError({ code: "BAD_REQUEST", cause: bad });
  return next();
});

const base = t.procedure.use(errors).use(limitMutations).use(refuseUnstorable);

/** Before sign-in (login page, accepting an invitation). */
export const publicProcedure = base.meta({ access: "public" });

/** Any signed-in person; for what belongs to the person. */
export const userProcedure = base.meta({ access: "signedIn" }).use(({ ctx, next }) => {
  if (!ctx.signedIn) throw new AppError("UNAUTHENTICATED");
  return next({ ctx: { ...ctx, signedIn: ctx.signedIn } });
});

/** Work on an organisation. Input carries `orgId`; without membership or grant the answer is NOT_FOUND. */
export const orgProcedure = (permission: Permission, { stepUp = false }: GuardOptions = {}) =>
  base
    .meta({ access: "org", permission, stepUp })
    .input(z.object({ orgId: z.uuid() }))
    .use(async ({ ctx, input, next }) => {
      if (!ctx.signedIn) throw new AppError("UNAUTHENTICATED");
      const access = await accessToOrganisation(ctx.signedIn.user.id, input.orgId);
      if (access.secondFactorMissing) throw new AppError("SECOND_FACTOR_REQUIRED");
      if (!access.permissions.has(permission)) throw new AppError("FORBIDDEN");
      if (stepUp) await requireStrong(ctx.signedIn);
      const tenant: TenantContext = {
        orgId: access.orgId,
        shopId: null,
        actor: userActor(ctx.signedIn.user, access),
        requestId: ctx.requestId,
      };
      return next({ ctx: { ...ctx, signedIn: ctx.signedIn, access, tenant } });
    });

/** Work in one shop. Input carries `shopId`; the tenant context is bound to that shop, in code and by row-level security. */
export const shopProcedure = (permission: Permission, { stepUp = false }: GuardOptions = {}) =>
  base
    .meta({ access: "shop", permission, stepUp })
    .input(z.object({ shopId: z.uuid() }))
    .use(async ({ ctx, input, next }) => {
      if (!ctx.signedIn) throw new AppError("UNAUTHENTICATED");
      const access = await accessToShop(ctx.signedIn.user.id, input.shopId);
      if (access.secondFactorMissing) throw new AppError("SECOND_FACTOR_REQUIRED");
      if (!access.permissions.has(permission)) throw new AppError("FORBIDDEN");
      if (stepUp) await requireStrong(ctx.signedIn);
      const tenant: ShopContext = {
        orgId: access.orgId,
        shopId: input.shopId,
        actor: userActor(ctx.signedIn.user, access),
        requestId: ctx.requestId,
      };
      return next({ ctx: { ...ctx, signedIn: ctx.signedIn, access, tenant } });
    });
