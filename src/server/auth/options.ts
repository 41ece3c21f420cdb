import { cookies, headers } from "next/headers";
import type { AuthOptions, CookieOption } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import GoogleProvider from "next-auth/providers/google";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { z } from "zod";
import { type Env, env } from "@/server/env";
import { AppError } from "@/server/errors";
import { clientIp } from "./request";
import { openSession, revokeToken } from "./session";
import { readSessionToken, SESSION_MAX_AGE_SECONDS, secureCookies, sessionCookieName } from "./session-cookie";
import { personByVerifiedEmail, signInWithPassword } from "./sign-in";

const Credentials = z.object({ email: z.string().max(400), password: z.string().max(400), code: z.string().max(40).optional() });

/** OpenID Connect claims we read; `sub` alone is nobody here, the verified address is the link to an account. */
const Claims = z.object({ sub: z.string(), email: z.string(), email_verified: z.literal(true), name: z.string().optional() });

const credentials = () =>
  CredentialsProvider({
    id: "password",
    credentials: { email: { type: "email" }, password: { type: "password" }, code: { type: "text" } },
    async authorize(input) {
      const parsed = Credentials.safeParse(input);
      if (!parsed.success) return null;
      try {
        return await signInWithPassword({ ...parsed.data, ip: clientIp(await headers()) });
      } catch (error) {
        // next-auth hands the message to the page, which translates the code; the seconds travel behind a colon.
        if (error instanceof AppError)
          throw new Error(error.code === "TOO_MANY_REQUESTS" ? `${error.code}:${error.params.seconds}` : error.code);
        throw error;
      }
    },
  });

const oidc = (from: Env): OAuthConfig<Record<string, unknown>> | null =>
  from.OIDC_ISSUER && from.OIDC_CLIENT_ID && from.OIDC_CLIENT_SECRET
    ? {
        id: "oidc",
        name: from.OIDC_NAME ?? "OpenID Connect",
        type: "oauth",
        wellKnown: `${from.OIDC_ISSUER.replace(/\/$/, "")}/.well-known/openid-configuration`,
        clientId: from.OIDC_CLIENT_ID,
        clientSecret: from.OIDC_CLIENT_SECRET,
        authorization: { params: { scope: "openid email profile" } },
        idToken: true,
        checks: ["pkce", "state", "nonce"],
        // A conforming provider keeps the address out of the ID token when it hands out an access token (OpenID Connect Core 5.4):
        // next-auth alone would read only the token and refuse everybody.
        userinfo: {
          request: async ({ client, tokens }) => {
            if (tokens.access_token && client.issuer.metadata.userinfo_endpoint) return client.userinfo(tokens.access_token);
            // The signature has been verified before this is called.
            return JSON.parse(Buffer.from(tokens.id_token?.split(".")[1] ?? "", "base64url").toString("utf8"));
          },
        },
        profile: (claims) => ({ id: String(claims.sub), email: String(claims.email ?? ""), name: String(claims.name ?? "") }),
      }
    : null;

const google = (from: Env) =>
  from.GOOGLE_CLIENT_ID && from.GOOGLE_CLIENT_SECRET
    ? GoogleProvider({ clientId: from.GOOGLE_CLIENT_ID, clientSecret: from.GOOGLE_CLIENT_SECRET })
    : null;

/** The ways to sign in besides the password, for the buttons of the sign-in page. */
export const identityProviders = (): { id: string; name: string }[] =>
  [oidc(env()), google(env())].flatMap((provider) => (provider ? [{ id: provider.id, name: provider.name }] : []));

/** The signed-in person's id: ours for a password, looked up by the verified address for a provider. Null refuses the sign-in. */
async function accountOf(provider: string | undefined, user: { id: string }, profile: unknown): Promise<string | null> {
  if (provider === "password") return user.id;
  const claims = Claims.safeParse(profile);
  return claims.success ? ((await personByVerifiedEmail(claims.data.email))?.id ?? null) : null;
}

/** Opens a new session for this browser and ends the one it had: a session is never carried over a sign-in. */
async function rotateSession(userId: string): Promise<string> {
  const head = await headers();
  const previous = await readSessionToken(await cookies());
  if (previous) await revokeToken(previous);
  return openSession(userId, { ip: clientIp(head), userAgent: head.get("user-agent") });
}

const hostCookie = (name: string, secure: boolean, maxAge?: number): CookieOption => ({
  name: `${secure ? "__Host-" : ""}guthaben.${name}`,
  options: { httpOnly: true, sameSite: "lax", path: "/", secure, ...(maxAge ? { maxAge } : {}) },
});

/**
 * next-auth does the protocols; sessions are ours. Its encrypted cookie carries only a session token whose hash is in `auth_session`.
 * Built per request, because the environment is not there at build time.
 */
export function authOptions(): AuthOptions {
  const from = env();
  const secure = secureCookies();
  // next-auth reads its address from here; APP_URL is the one setting people make.
  process.env.NEXTAUTH_URL = from.APP_URL;
  return {
    secret: from.AUTH_SECRET,
    session: { strategy: "jwt", maxAge: SESSION_MAX_AGE_SECONDS },
    useSecureCookies: secure,
    cookies: {
      sessionToken: { ...hostCookie("session", secure), name: sessionCookieName() },
      csrfToken: hostCookie("csrf", secure),
      callbackUrl: hostCookie("callback", secure),
      state: hostCookie("state", secure, 900),
      nonce: hostCookie("nonce", secure, 900),
      pkceCodeVerifier: hostCookie("pkce", secure, 900),
    },
    pages: { signIn: "/login", error: "/login", signOut: "/login" },
    providers: [credentials(), oidc(from), google(from)].filter((provider) => provider !== null),
    callbacks: {
      signIn: async ({ user, account, profile }) => (await accountOf(account?.provider, user, profile)) !== null,
      async jwt({ token, user, account, profile }) {
        if (!account) return { sid: token.sid };
        const userId = await accountOf(account.provider, user, profile);
        if (!userId) throw new AppError("INVALID_CREDENTIALS");
        return { sid: await rotateSession(userId) };
      },
      // The session endpoint of next-auth is not used; it must not hand the token to scripts either.
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      async signOut({ token }) {
        if (typeof token?.sid === "string") await revokeToken(token.sid);
      },
    },
  };
}
