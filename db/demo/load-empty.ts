import { createApiKey } from "@/server/auth/api-keys";
import { createUser } from "@/server/auth/create-user";
import { API_SCOPES } from "@/server/auth/permissions";
import { env } from "@/server/env";
import { createOrganisation } from "@/server/tenancy/create-organisation";
import { createShop } from "@/server/tenancy/create-shop";
import { makePassword, writeDemoFile } from "./demo-file";

/** `npm start -- --empty`: one owner and one empty shop, so that a first sign-in is possible. Settings of the shop can be changed later. */
export async function loadEmpty(): Promise<void> {
  const login = { role: "owner", email: "owner@guthaben.example", password: makePassword() };
  const { id: userId } = await createUser({ email: login.email, name: "Owner", password: login.password, locale: "de" });
  const requestId = crypto.randomUUID();
  const actor = { type: "user", userId, label: "Owner" } as const;
  const { orgId } = await createOrganisation({ userId, label: actor.label, requestId }, { name: "Meine Organisation" });
  const { id: shopId } = await createShop(
    { orgId, shopId: null, actor, requestId },
    { name: "Mein Shop", currency: "EUR", timeZone: "Europe/Berlin", country: "DE", locale: "de" },
  );
  const key = await createApiKey({ orgId, shopId, actor, requestId }, { name: "Start", scopes: [...API_SCOPES], expiresAt: null });
  writeDemoFile({ url: env().APP_URL, logins: [login], shopId, apiKey: key.secret });
}
