import type { Metadata } from "next";
import { getCaller, orNotFound, requestReach, requireSignedIn } from "@/server/trpc/server";
import { AgencyPage } from "@/ui/agency/agency-page";

type AgencyPageProps = { params: Promise<{ agencyId: string }> };

export async function generateMetadata({ params }: AgencyPageProps): Promise<Metadata> {
  const { agencyId } = await params;
  return { title: (await requestReach()).agencies.find(({ id }) => id === agencyId)?.name };
}

export default async function Agency({ params }: AgencyPageProps) {
  const { agencyId } = await params;
  const { user } = await requireSignedIn();
  const caller = await getCaller();
  return <AgencyPage initial={await orNotFound(caller.agencies.board({ agencyId }))} userId={user.id} />;
}
