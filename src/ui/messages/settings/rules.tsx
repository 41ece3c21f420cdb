"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { type Policy, saveSettingsSchema } from "@/server/notifications/schema";
import { Loaded } from "../../analytics/loading";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Notice } from "../../primitives/states";
import { toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { NoticeFields } from "./notice-fields";
import { CapFields } from "./policy-caps";
import { BrandPlace, LawFields, LinkFields, QuietFields, RateFields, ReminderFields } from "./policy-fields";

type View = RouterOutput["messages"]["settings"]["get"];

/** What a part of the form needs: its values, how to change them, and whether a value is refused. */
export type PartProps<Value> = {
  value: Value;
  onChange: (change: Partial<Value>) => void;
  disabled: boolean;
  /** Whether the value at this path (`reminders.hours.0`) is refused. */
  problem: (path: string) => string | undefined;
};

/** The shop's rules for sending. Who it sends as is kept with the templates, where it can be seen. */
export function Rules() {
  const shop = useShop();
  const query = trpc.messages.settings.get.useQuery({ shopId: shop.id });
  return <Loaded query={query}>{(view) => <RulesForm key={view.version} view={view} />}</Loaded>;
}

function RulesForm({ view }: { view: View }) {
  const t = useTranslations("sending.rules");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [policy, setPolicy] = useState<Policy>(view.policy);
  const [tried, setTried] = useState(false);
  const save = trpc.messages.settings.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      await utils.messages.settings.get.invalidate();
    },
  });
  const mayManage = shop.can("shop.manage");
  const wanted = { policy, brand: view.brand, version: view.version };
  const checked = saveSettingsSchema.safeParse(wanted);
  const wrong = new Set(checked.success ? [] : checked.error.issues.map((issue) => issue.path.join(".")));
  const problem = (path: string) => (tried && wrong.has(`policy.${path}`) ? common("validation.invalid") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (checked.success && mayManage && !save.isPending) save.mutate({ shopId: shop.id, ...checked.data });
  };
  const part: PartProps<Policy> = {
    value: policy,
    onChange: (change) => setPolicy({ ...policy, ...change }),
    disabled: !mayManage,
    problem,
  };
  return (
    <form noValidate method="post" onSubmit={submit} className="flex min-w-0 flex-col gap-10">
      {!mayManage && <Notice tone="info" title={t("readOnly")} />}
      <QuietFields {...part} />
      <CapFields {...part} />
      <LawFields {...part} />
      <NoticeFields {...part} />
      <ReminderFields {...part} />
      <LinkFields {...part} />
      <RateFields {...part} />
      <BrandPlace />
      <div className="flex flex-col items-end gap-3">
        <div role="alert" className="text-danger text-sm empty:hidden">
          {save.error ? errorText(save.error) : tried && wrong.size > 0 ? common("form.hasErrors", { count: wrong.size }) : null}
        </div>
        <Button type="submit" variant="primary" loading={save.isPending} disabledReason={mayManage ? undefined : t("readOnly")}>
          {common("actions.save")}
        </Button>
      </div>
    </form>
  );
}
