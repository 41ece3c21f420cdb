import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission, requireSignedIn } from "@/server/trpc/server";
import { MembersPage } from "@/ui/settings/members-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.members");
  return { title: t("title") };
}

export default async function Members({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "member.read");
  const { user } = await requireSignedIn();
  return <MembersPage userId={user.id} />;
}
