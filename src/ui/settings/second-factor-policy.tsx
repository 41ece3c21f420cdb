"use client";

import { useTranslations } from "next-intl";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Card, Section } from "../primitives/card";
import { Switch } from "../primitives/choice";
import { toastError, toastSuccess } from "../primitives/toast";
import { trpc } from "../trpc";

/** Whether who can move money or let others in needs a second factor. */
export function SecondFactorPolicy({ orgId, mayManage }: { orgId: string; mayManage: boolean }) {
  const t = useTranslations("settings.secondFactor");
  const errorText = useErrorText();
  const stepUp = useStepUp();
  const utils = trpc.useUtils();
  const policy = trpc.tenancy.secondFactorPolicy.useQuery({ orgId });
  const set = trpc.tenancy.setSecondFactorPolicy.useMutation({
    onSuccess: async (_done, { required }) => {
      toastSuccess(required ? t("nowRequired") : t("nowOptional"));
      await Promise.all([utils.tenancy.secondFactorPolicy.invalidate(), utils.tenancy.members.invalidate()]);
    },
  });
  if (!policy.data) return null;
  return (
    <Section title={t("title")}>
      <Card>
        <Switch
          label={t("label")}
          hint={t("hint")}
          checked={policy.data.required}
          disabled={!mayManage || set.isPending}
          onCheckedChange={(required) =>
            void stepUp(() => set.mutateAsync({ orgId, required })).catch((error: unknown) => toastError(errorText(error)))
          }
        />
      </Card>
    </Section>
  );
}
