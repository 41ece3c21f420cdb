import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { viewReset } from "@/server/auth/reset-password";
import { AppError } from "@/server/errors";
import { Entrance } from "@/ui/auth/entrance";
import { ResetForm } from "@/ui/auth/reset-form";
import { ButtonLink } from "@/ui/primitives/button";

type ResetPageProps = { params: Promise<{ token: string }> };

// The token must not travel in a Referer header or be indexed.
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false, follow: false } };

/** Whose link it is, or null when it is used, replaced, expired or was never one. */
async function open(token: string): Promise<{ email: string } | null> {
  try {
    return await viewReset(token);
  } catch (error) {
    if (error instanceof AppError && error.code === "LINK_INVALID") return null;
    throw error;
  }
}

export default async function ResetPage({ params }: ResetPageProps) {
  const { token } = await params;
  const t = await getTranslations("auth.reset");
  const reset = await open(token);
  if (!reset) {
    return (
      <Entrance title={t("invalidTitle")} text={t("invalidText")}>
        <ButtonLink href="/login">{t("toSignIn")}</ButtonLink>
      </Entrance>
    );
  }
  return (
    <Entrance title={t("title")} text={t("text", { email: reset.email })}>
      <ResetForm token={token} email={reset.email} />
    </Entrance>
  );
}
