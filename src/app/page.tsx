import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { requestReach } from "@/server/trpc/server";
import { LAST_SHOP_COOKIE } from "@/ui/shell/last-shop";

/** Leads to where the work is: the shop used last, the own first shop, the agency's board, or the own account. */
export default async function Home() {
  const { shops, agencies } = await requestReach();
  const last = (await cookies()).get(LAST_SHOP_COOKIE)?.value;
  const known = shops.find(({ id }) => id === last);
  if (known) redirect(`/s/${known.id}`);
  const own = shops.find(({ viaAgency }) => !viaAgency);
  if (own) redirect(`/s/${own.id}`);
  const [agency] = agencies;
  redirect(agency ? `/agency/${agency.id}` : "/account");
}
