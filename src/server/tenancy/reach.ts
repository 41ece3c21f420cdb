import type { Permission, Role } from "@/server/auth/permissions";
import { withUser } from "@/server/db";
import { candidatesOf, toAccess } from "./access";

/** A shop as the navigation and every page of it need it. */
export type ReachableShop = {
  id: string;
  orgId: string;
  orgName: string;
  name: string;
  currency: string;
  timeZone: string;
  country: string;
  locale: "de" | "en";
  role: Role;
  viaAgency: boolean;
  permissions: Permission[];
  /** The organisation wants a second factor first. */
  secondFactorMissing: boolean;
};

export type ReachableOrganisation = { id: string; name: string; role: Role; viaAgency: boolean; permissions: Permission[] };

export type Reach = {
  shops: ReachableShop[];
  organisations: ReachableOrganisation[];
  agencies: { id: string; name: string; role: "admin" | "member" }[];
};

/** An agency with more clients than this needs another navigation, not a longer list. */
const LIMIT = 1000;

/** Everything one person may open, by name. Reads only what the own memberships and grants reach; carries no customer data. */
export function reachOf(userId: string): Promise<Reach> {
  return withUser(userId, async (handle) => {
    const { trx } = handle;
    const accesses = new Map((await candidatesOf(handle, userId, null)).map((row) => [row.org_id, toAccess(row)]));
    const organisations = await trx.selectFrom("organisation").select(["id", "name"]).orderBy("name").orderBy("id").limit(LIMIT).execute();
    const names = new Map(organisations.map(({ id, name }) => [id, name]));
    const shops = await trx
      .selectFrom("shop")
      .select(["id", "org_id", "name", "currency", "time_zone", "country", "locale"])
      .where("archived_at", "is", null)
      .orderBy("name")
      .orderBy("id")
      .limit(LIMIT)
      .execute();
    const agencies = await trx
      .selectFrom("agency_member as m")
      .innerJoin("agency as a", "a.id", "m.agency_id")
      .select(["a.id", "a.name", "m.role"])
      .where("m.user_id", "=", userId)
      .orderBy("a.name")
      .limit(LIMIT)
      .execute();
    return {
      agencies,
      organisations: organisations.flatMap(({ id, name }) => {
        const access = accesses.get(id);
        return access ? [{ id, name, role: access.role, viaAgency: access.agencyId !== null, permissions: [...access.permissions] }] : [];
      }),
      shops: shops.flatMap((shop) => {
        const access = accesses.get(shop.org_id);
        if (!access || (access.shopIds && !access.shopIds.includes(shop.id))) return [];
        return [
          {
            id: shop.id,
            orgId: shop.org_id,
            orgName: names.get(shop.org_id) ?? shop.name,
            name: shop.name,
            currency: shop.currency,
            timeZone: shop.time_zone,
            country: shop.country,
            locale: shop.locale,
            role: access.role,
            viaAgency: access.agencyId !== null,
            permissions: [...access.permissions],
            secondFactorMissing: access.secondFactorMissing,
          },
        ];
      }),
    };
  });
}
