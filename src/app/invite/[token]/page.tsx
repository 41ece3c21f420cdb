import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { emailKey } from "@/server/auth/email";
import { ROLES } from "@/server/auth/permissions";
import { AppError } from "@/server/errors";
import { type InvitationView, viewInvitation } from "@/server/tenancy/accept-invitation";
import { requestContext } from "@/server/trpc/server";
import { Entrance } from "@/ui/auth/entrance";
import { InviteForm } from "@/ui/auth/invite-form";
import { ButtonLink } from "@/ui/primitives/button";

type InvitePageProps = { params: Promise<{ token: string }> };

// The token must not travel in a Referer header or be indexed.
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false, follow: false } };

/** The invitation, or null when the link is used, revoked, expired or was never one. */
async function open(token: string): Promise<InvitationView | null> {
  try {
    return await viewInvitation(token);
  } catch (error) {
    if (error instanceof AppError && error.code === "INVITATION_INVALID") return null;
    throw error;
  }
}

export default async function InvitePage({ params }: InvitePageProps) {
  const { token } = await params;
  const t = await getTranslations("auth.invite");
  const invitation = await open(token);
  if (!invitation) {
    const errors = await getTranslations("errors");
    return (
      <Entrance title={t("invalidTitle")} text={errors("INVITATION_INVALID")}>
        <ButtonLink href="/">{t("toStart")}</ButtonLink>
      </Entrance>
    );
  }
  const { signedIn } = await requestContext();
  const roles = await getTranslations("auth.roles");
  const role = ROLES.find((known) => known === invitation.role) ?? "member";
  const { email, account, from, kind } = invitation;
  return (
    <Entrance title={t("title", { from })} text={kind === "agency" ? t("agencyText", { email }) : t("text", { email, role: roles(role) })}>
      <InviteForm
        token={token}
        email={email}
        account={account}
        current={
          signedIn && {
            name: signedIn.user.name,
            email: signedIn.user.email,
            matches: emailKey(signedIn.user.email) === emailKey(email),
          }
        }
      />
    </Entrance>
  );
}
