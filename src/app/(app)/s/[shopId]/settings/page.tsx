import { notFound, redirect } from "next/navigation";
import { requestShop } from "@/server/trpc/server";

const PAGES = [
  ["shop.manage", "shop"],
  ["member.read", "members"],
  ["apikey.read", "api-keys"],
  ["audit.read", "audit"],
] as const;

/** The first settings page the person may see. */
export default async function Settings({ params }: { params: Promise<{ shopId: string }> }) {
  const { id, permissions } = await requestShop((await params).shopId);
  const page = PAGES.find(([permission]) => permissions.includes(permission));
  if (!page) notFound();
  redirect(`/s/${id}/settings/${page[1]}`);
}
