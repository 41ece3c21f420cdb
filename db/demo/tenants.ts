import { createApiKey } from "@/server/auth/api-keys";
import { createUser } from "@/server/auth/create-user";
import { API_SCOPES, type Role } from "@/server/auth/permissions";
import { getSettings, saveSettings } from "@/server/notifications/settings";
import { createAgency } from "@/server/tenancy/agencies";
import { grantAgencyAccess } from "@/server/tenancy/agency-grants";
import type { Actor, ShopContext, TenantContext } from "@/server/tenancy/context";
import { createOrganisation } from "@/server/tenancy/create-organisation";
import { createShop } from "@/server/tenancy/create-shop";
import { createMembership } from "@/server/tenancy/memberships";
import type { ShopInput } from "@/server/tenancy/schema";
import type { DemoLogin } from "./demo-file";

export type Person = { id: string; name: string };

/** Accounts of the demo; all share one password, made for this installation. */
export class Logins {
  readonly list: DemoLogin[] = [];
  private readonly password: string;

  constructor(password: string) {
    this.password = password;
  }

  async add(role: string, email: string, name: string): Promise<Person> {
    const { id } = await createUser({ email, name, password: this.password, locale: "de" });
    this.list.push({ role, email, password: this.password });
    return { id, name };
  }
}

export const userActor = (person: Person): Actor => ({ type: "user", userId: person.id, label: person.name });

export async function found(owner: Person, name: string): Promise<TenantContext> {
  const requestId = crypto.randomUUID();
  const { orgId } = await createOrganisation({ userId: owner.id, label: owner.name, requestId }, { name });
  return { orgId, shopId: null, actor: userActor(owner), requestId };
}

export async function openShop(ctx: TenantContext, input: ShopInput): Promise<ShopContext> {
  const { id } = await createShop(ctx, input);
  return { ...ctx, shopId: id };
}

/** The first organisation: one login for every role. */
export async function makeMainOrganisation(logins: Logins): Promise<{ ctx: TenantContext; owner: Person; people: Map<Role, Person> }> {
  const owner = await logins.add("owner", "owner@nordlicht.example", "Ines Lindqvist");
  const ctx = await found(owner, "Nordlicht Handel GmbH");
  const people = new Map<Role, Person>([["owner", owner]]);
  const staff = [
    ["admin", "admin@nordlicht.example", "Jonas Petersen"],
    ["marketer", "marketer@nordlicht.example", "Mara Vogt"],
    ["analyst", "analyst@nordlicht.example", "Deniz Aydın"],
    ["support", "support@nordlicht.example", "Lotte Behrens"],
    ["finance", "finance@nordlicht.example", "Friedrich Hansen"],
  ] as const;
  for (const [role, email, name] of staff) {
    const person = await logins.add(role, email, name);
    await createMembership(ctx, { userId: person.id, role, shopIds: null });
    people.set(role, person);
  }
  return { ctx, owner, people };
}

/** Who a demo shop is; its website has an address that nobody can own. */
export type DemoBrand = { host: string; company: string; address: string; register?: string };

/** Who the shop's e-mails come from, with what the law asks for in their footer. */
export async function writeBrand(shop: ShopContext, senderName: string, { host, ...company }: DemoBrand): Promise<void> {
  const { policy, version } = await getSettings(shop);
  const shopUrl = `https://${host}`;
  const footer = { ...company, imprintUrl: `${shopUrl}/impressum`, privacyUrl: `${shopUrl}/datenschutz` };
  await saveSettings(shop, { policy, version, brand: { shopUrl, senderName, footer } });
}

/** A client of an agency: the owner grants the agency access to all shops of the organisation. */
export async function makeAgencyClient(logins: Logins): Promise<{ ctx: TenantContext; people: Map<Role, Person> }> {
  const agent = await logins.add("agency", "agency@kampagnenwerk.example", "Samira Koch");
  const agency = await createAgency(agent.id, { name: "Kampagnenwerk" });
  const client = await logins.add("client", "owner@alpenladen.example", "Urs Ammann");
  const ctx = await found(client, "Alpenladen Gruppe AG");
  await grantAgencyAccess(ctx, { agencyId: agency.id, maxRole: "marketer", shopIds: null, expiresAt: null });
  return {
    ctx,
    people: new Map([
      ["owner", client],
      ["marketer", agent],
    ]),
  };
}

export async function makeKey(ctx: ShopContext): Promise<string> {
  const { secret } = await createApiKey(ctx, { name: "Demo", scopes: [...API_SCOPES], expiresAt: null });
  return secret;
}
