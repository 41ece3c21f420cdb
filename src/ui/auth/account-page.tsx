"use client";

import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import type { ReactNode } from "react";
import { Controller } from "react-hook-form";
import { z } from "zod";
import { changePasswordSchema, profileSchema } from "@/server/auth/schema";
import { errorCode, useErrorText } from "../error-text";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useLanguage } from "../shell/preference-controls";
import { type RouterOutput, trpc } from "../trpc";
import { deviceOf } from "./device-name";
import { PasswordInput } from "./password-input";
import { SecondFactor } from "./second-factor";
import { usePasswordErrorText } from "./use-weak-password";

type Account = RouterOutput["auth"]["account"];

/** `children` is what else belongs to the person. */
export function AccountPage({ account, children }: { account: Account; children?: ReactNode }) {
  const t = useTranslations("auth.account");
  const current = trpc.auth.account.useQuery(undefined, { initialData: account });
  return (
    <Page width="narrow">
      <PageHeader title={t("title")} description={account.email} />
      <Profile account={current.data} />
      <Password account={current.data} />
      <SecondFactor status={current.data.secondFactor} />
      <Sessions />
      {children}
    </Page>
  );
}

function Profile({ account }: { account: Account }) {
  const t = useTranslations("auth.account");
  const common = useTranslations("common");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const { setTheme } = useTheme();
  const { setLocale } = useLanguage();
  const form = useZodForm(profileSchema, { defaultValues: { name: account.name, locale: account.locale, theme: account.theme } });
  const save = trpc.auth.updateProfile.useMutation({
    onSuccess: async (_done, values) => {
      setTheme(values.theme);
      await utils.auth.account.invalidate();
      toastSuccess(t("saved"));
      // Sets the cookie and draws the page, and the name in the shell, again.
      await setLocale(values.locale);
    },
  });
  return (
    <Section title={t("profile")}>
      <Card>
        <FormShell
          form={form}
          onSubmit={(values) => save.mutate(values)}
          submitError={save.error && errorText(save.error)}
          pending={save.isPending}
          submitLabel={common("actions.save")}
        >
          <Field label={t("name")} required error={form.formState.errors.name?.message}>
            {(control) => <Input {...control} autoComplete="name" {...form.register("name")} />}
          </Field>
          <Field label={t("email")} required error={undefined} hint={t("emailHint")}>
            {(control) => <Input {...control} value={account.email} readOnly />}
          </Field>
          <div className="flex flex-wrap gap-6">
            <Controller
              control={form.control}
              name="locale"
              render={({ field }) => (
                <Field label={t("locale")} required error={undefined}>
                  {(control) => (
                    <SegmentedControl
                      {...control}
                      value={field.value}
                      onValueChange={field.onChange}
                      options={[
                        { value: "de", label: <span lang="de">{common("language.de")}</span> },
                        { value: "en", label: <span lang="en">{common("language.en")}</span> },
                      ]}
                    />
                  )}
                </Field>
              )}
            />
            <Controller
              control={form.control}
              name="theme"
              render={({ field }) => (
                <Field label={t("theme")} required error={undefined}>
                  {(control) => (
                    <SegmentedControl
                      {...control}
                      value={field.value}
                      onValueChange={field.onChange}
                      options={(["system", "light", "dark"] as const).map((value) => ({ value, label: common(`theme.${value}`) }))}
                    />
                  )}
                </Field>
              )}
            />
          </div>
        </FormShell>
      </Card>
    </Section>
  );
}

const withCurrent = changePasswordSchema.extend({ current: z.string().min(1) });

function Password({ account }: { account: Account }) {
  const t = useTranslations("auth.account");
  const passwordError = usePasswordErrorText();
  const utils = trpc.useUtils();
  const form = useZodForm(account.hasPassword ? withCurrent : changePasswordSchema, { defaultValues: { current: "", next: "" } });
  const change = trpc.auth.changePassword.useMutation({
    onSuccess: async ({ ended }) => {
      form.reset();
      toastSuccess(t("changed", { ended }));
      await Promise.all([utils.auth.sessions.invalidate(), utils.auth.account.invalidate()]);
    },
  });
  const failed = change.error && (errorCode(change.error) === "INVALID_CREDENTIALS" ? t("wrongCurrent") : passwordError(change.error));
  return (
    <Section title={t("passwordTitle")} description={account.hasPassword ? t("passwordText") : t("noPassword")}>
      <Card>
        <FormShell
          form={form}
          onSubmit={(values) => change.mutate(values)}
          submitError={failed}
          pending={change.isPending}
          submitLabel={account.hasPassword ? t("change") : t("set")}
        >
          <input type="email" name="username" autoComplete="username" value={account.email} readOnly hidden />
          {account.hasPassword && (
            <Field label={t("current")} required error={form.formState.errors.current?.message}>
              {(control) => <PasswordInput {...control} autoComplete="current-password" {...form.register("current")} />}
            </Field>
          )}
          <Field label={t("next")} required error={form.formState.errors.next?.message}>
            {(control) => <PasswordInput {...control} autoComplete="new-password" {...form.register("next")} />}
          </Field>
        </FormShell>
      </Card>
    </Section>
  );
}

type Session = RouterOutput["auth"]["sessions"][number];

function Sessions() {
  const t = useTranslations("auth.account");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const sessions = trpc.auth.sessions.useQuery();
  const done = async (count: number) => {
    toastSuccess(t("ended", { count }));
    await utils.auth.sessions.invalidate();
  };
  const onError = (error: unknown) => void toastError(errorText(error));
  const revoke = trpc.auth.revokeSession.useMutation({ onSuccess: () => done(1), onError });
  const revokeOthers = trpc.auth.revokeOtherSessions.useMutation({ onSuccess: (count) => done(count), onError });
  const nameOf = (session: Session) => {
    const device = deviceOf(session.userAgent);
    return device ? t("deviceName", device) : t("unknownDevice");
  };
  const others = sessions.data?.some((session) => !session.current) ?? false;
  return (
    <Section
      title={t("sessions")}
      description={t("sessionsText")}
      actions={
        <Button
          size="sm"
          loading={revokeOthers.isPending}
          disabledReason={others ? undefined : t("onlyThis")}
          onClick={() => revokeOthers.mutate()}
        >
          {t("endOthers")}
        </Button>
      }
    >
      <DataTable
        label={t("sessions")}
        rows={sessions.data}
        loading={sessions.isFetching && !sessions.data}
        error={sessions.error}
        onRetry={() => void sessions.refetch()}
        rowKey={(session) => session.id}
        skeletonRows={2}
        empty={<EmptyState title={t("sessions")} text={t("onlyThis")} />}
        columns={[
          {
            id: "device",
            header: t("device"),
            cell: (session) => (
              <span className="flex items-center gap-2">
                <span className="truncate">{nameOf(session)}</span>
                {session.current && <Badge tone="accent">{t("thisDevice")}</Badge>}
              </span>
            ),
          },
          { id: "lastSeen", header: t("lastSeen"), cell: (session) => <Timestamp at={session.lastSeenAt} show="relative" /> },
          { id: "created", header: t("created"), cell: (session) => <Timestamp at={session.createdAt} />, hideBelow: "md" },
          { id: "address", header: t("address"), cell: (session) => session.ip ?? "–", hideBelow: "sm" },
          {
            id: "end",
            header: t("end"),
            headerHidden: true,
            align: "end",
            cell: (session) =>
              session.current ? null : (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t("endLabel", { device: nameOf(session) })}
                  loading={revoke.isPending && revoke.variables.sessionId === session.id}
                  onClick={() => revoke.mutate({ sessionId: session.id })}
                >
                  {t("end")}
                </Button>
              ),
          },
        ]}
      />
    </Section>
  );
}
