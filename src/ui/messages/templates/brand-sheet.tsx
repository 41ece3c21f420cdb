"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { type Brand, brandSchema } from "@/server/notifications/schema";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { ConfirmDialog, Sheet } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { useIssueText } from "../../primitives/form";
import { Input, Textarea } from "../../primitives/input";
import { SkeletonText } from "../../primitives/skeleton";
import { ErrorState } from "../../primitives/states";
import { toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";

/** Logo, colour, sender and the footer that the law asks for; the same in every mail. */
export function BrandSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("templates.brand");
  const common = useTranslations("common.form");
  const shop = useShop();
  const [dirty, setDirty] = useState(false);
  const [asking, setAsking] = useState(false);
  const settings = trpc.messages.settings.get.useQuery(
    { shopId: shop.id },
    { enabled: open, refetchOnWindowFocus: false, refetchOnReconnect: false },
  );
  const close = () => {
    setDirty(false);
    setAsking(false);
    onOpenChange(false);
  };
  return (
    <>
      <Sheet
        open={open}
        onOpenChange={(next) => (next ? onOpenChange(true) : dirty ? setAsking(true) : close())}
        title={t("title")}
        description={t("description")}
      >
        {settings.error ? (
          <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
        ) : settings.data && !settings.isFetching ? (
          <BrandForm key={settings.data.version} settings={settings.data} onDirty={() => setDirty(true)} onSaved={close} />
        ) : (
          <SkeletonText lines={8} />
        )}
      </Sheet>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={common("unsavedTitle")}
        description={common("unsavedText")}
        confirmLabel={common("discard")}
        onConfirm={close}
        pending={false}
        error={null}
      />
    </>
  );
}

type Name =
  | Exclude<keyof Brand, "footer">
  | "footer.company"
  | "footer.address"
  | "footer.imprintUrl"
  | "footer.privacyUrl"
  | "footer.vatId"
  | "footer.register";
type Typed = Record<Name, string>;

const typedOf = ({ footer, ...brand }: Brand): Typed => ({
  logoUrl: brand.logoUrl ?? "",
  accent: brand.accent,
  senderName: brand.senderName,
  senderEmail: brand.senderEmail,
  replyTo: brand.replyTo ?? "",
  shopUrl: brand.shopUrl ?? "",
  "footer.company": footer.company,
  "footer.address": footer.address,
  "footer.imprintUrl": footer.imprintUrl ?? "",
  "footer.privacyUrl": footer.privacyUrl ?? "",
  "footer.vatId": footer.vatId ?? "",
  "footer.register": footer.register ?? "",
});

const orNull = (text: string): string | null => text.trim() || null;

const brandOf = (typed: Typed) => ({
  logoUrl: orNull(typed.logoUrl),
  accent: typed.accent.trim(),
  senderName: typed.senderName,
  senderEmail: typed.senderEmail.trim(),
  replyTo: orNull(typed.replyTo),
  shopUrl: orNull(typed.shopUrl),
  footer: {
    company: typed["footer.company"],
    address: typed["footer.address"],
    imprintUrl: orNull(typed["footer.imprintUrl"]),
    privacyUrl: orNull(typed["footer.privacyUrl"]),
    vatId: orNull(typed["footer.vatId"]),
    register: orNull(typed["footer.register"]),
  },
});

type BrandFormProps = { settings: RouterOutput["messages"]["settings"]["get"]; onDirty: () => void; onSaved: () => void };

function BrandForm({ settings, onDirty, onSaved }: BrandFormProps) {
  const t = useTranslations("templates.brand");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const issueText = useIssueText();
  const [typed, setTyped] = useState(() => typedOf(settings.brand));
  const [tried, setTried] = useState(false);
  const checked = brandSchema.safeParse(brandOf(typed), { error: (issue) => issueText(issue) });
  const problems = new Map(checked.success ? [] : checked.error.issues.map((issue) => [issue.path.join("."), issue.message]));
  const save = trpc.messages.settings.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      onSaved();
      await Promise.all([utils.messages.settings.get.invalidate(), utils.messages.templates.preview.invalidate()]);
    },
  });
  const blocked = shop.can("shop.manage") ? undefined : t("forbidden");
  const field = (name: Name, look: { rows?: number; type?: "email" | "url" | "color"; required?: boolean; hint?: string } = {}) => (
    <Field
      key={name}
      label={t(`fields.${name}`)}
      error={tried ? problems.get(name) : undefined}
      hint={look.hint}
      required={look.required ?? false}
    >
      {(control) => {
        const shared = {
          ...control,
          readOnly: blocked !== undefined,
          value: typed[name],
          onChange: ({ target }: { target: { value: string } }) => {
            setTyped({ ...typed, [name]: target.value });
            onDirty();
          },
        };
        if (look.rows) return <Textarea {...shared} rows={look.rows} />;
        return <Input {...shared} type={look.type} disabled={look.type === "color" && blocked !== undefined} />;
      }}
    </Field>
  );
  const submit = () => {
    setTried(true);
    if (checked.success) save.mutate({ shopId: shop.id, policy: settings.policy, brand: checked.data, version: settings.version });
  };
  return (
    <form
      noValidate
      method="post"
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.isPending && !blocked) submit();
      }}
    >
      <Section title={t("look")} level={3}>
        {field("logoUrl", { type: "url" })}
        {field("accent", { type: "color", required: true })}
        {field("shopUrl", { type: "url" })}
      </Section>
      <Section title={t("sender")} level={3}>
        {field("senderName")}
        {field("senderEmail", { type: "email", hint: t("senderEmailHint") })}
        {field("replyTo", { type: "email" })}
      </Section>
      <Section title={t("footer")} description={t("footerText")} level={3}>
        {field("footer.company", { required: true })}
        {field("footer.address", { rows: 3, required: true })}
        {field("footer.imprintUrl", { type: "url" })}
        {field("footer.privacyUrl", { type: "url" })}
        {field("footer.vatId")}
        {field("footer.register")}
      </Section>
      <div role="alert" className="text-danger text-sm empty:hidden">
        {save.error ? errorText(save.error) : tried && !checked.success ? t("incomplete") : null}
      </div>
      <Button type="submit" variant="primary" className="self-end" loading={save.isPending} disabledReason={blocked}>
        {t("save")}
      </Button>
    </form>
  );
}
