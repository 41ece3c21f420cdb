import { createServer } from "node:http";
import { Provider } from "oidc-provider";

/** What scripts/e2e-server.mjs tells the app about this provider. */
const PORT = 3219;
const CLIENT = { id: "guthaben", secret: "only-for-the-tests-of-this-machine" };

/**
 * A certified OpenID Connect provider on this machine. Whoever types an address is that person; an address that starts with
 * `unverified+` is one the provider never verified.
 */
export async function startIdentityProvider(appUrl: string): Promise<{ stop: () => Promise<void> }> {
  const provider = new Provider(`http://localhost:${PORT}`, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [`${appUrl}/api/auth/callback/oidc`] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["only-for-the-tests"] },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: sub, email: sub.replace("unverified+", ""), email_verified: !sub.startsWith("unverified+") }),
    }),
  });
  const server = createServer(provider.callback());
  await new Promise<void>((done) => server.listen(PORT, done));
  return {
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
