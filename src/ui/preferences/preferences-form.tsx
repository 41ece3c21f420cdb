import { getTranslations } from "next-intl/server";
import type { Locale } from "@/messages/index";
import { Button } from "../primitives/button";

type Choices = { email: boolean; sms: boolean; push: boolean; hasPhone: boolean; tracking: boolean; objected: boolean };

/** The choices as a plain form: it works without scripts, in every mail program's browser. */
export async function PreferencesForm({ token, choices, locale }: { token: string; choices: Choices; locale: Locale }) {
  const t = await getTranslations({ locale, namespace: "preferences" });
  return (
    <form method="post" action={`/preferences/${token}/save`} className="flex flex-col gap-4">
      <input type="hidden" name="language" value={locale} />
      <Choice name="email" label={t("email")} hint={t("emailHint")} checked={choices.email} />
      {choices.sms && <Choice name="sms" label={t("sms")} hint={t("smsHint")} checked />}
      {choices.push && <Choice name="push" label={t("push")} hint={t("pushHint")} checked />}
      <Choice name="tracking" label={t("tracking")} hint={t("trackingHint")} checked={choices.tracking} />
      <Choice name="objected" label={t("objected")} hint={t("objectedHint")} checked={choices.objected} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary">
          {t("save")}
        </Button>
        <Button type="submit" name="only" value="none">
          {t("none")}
        </Button>
      </div>
    </form>
  );
}

function Choice({ name, label, hint, checked }: { name: string; label: string; hint: string; checked: boolean }) {
  return (
    <label className="flex items-start gap-3">
      <input type="checkbox" name={name} value="1" defaultChecked={checked} className="mt-0.5 size-5 shrink-0 accent-(--color-accent)" />
      <span className="flex flex-col">
        <span className="text-base text-ink">{label}</span>
        <span className="text-muted text-sm">{hint}</span>
      </span>
    </label>
  );
}
