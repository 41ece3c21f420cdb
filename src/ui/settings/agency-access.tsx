"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { z } from "zod";
import { grantRoleSchema } from "@/server/tenancy/schema";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { DateField } from "../primitives/date-time-field";
import { ConfirmDialog, Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { EmptyState } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { dayEnd } from "./day-end";
import { lacksShops, type RoleChoice, RoleFields } from "./role-fields";
import { ShopNames } from "./shop-names";

type Grant = RouterOutput["tenancy"]["agencyGrants"][number];
type AgencyAccessProps = { orgId: string; orgName: string; shops: readonly { id: string; name: string }[] };

export function AgencyAccess({ orgId, orgName, shops }: AgencyAccessProps) {
  const t = useTranslations("settings.agencies");
  const m = useTranslations("settings.members");
  const roles = useTranslations("auth.roles");
  const grants = trpc.tenancy.agencyGrants.useQuery({ orgId });
  const [granting, setGranting] = useState(false);
  const [revoking, setRevoking] = useState<Grant | null>(null);
  return (
    <Section
      title={t("title")}
      description={t("description")}
      actions={
        <Button size="sm" onClick={() => setGranting(true)}>
          {t("grant")}
        </Button>
      }
    >
      <DataTable
        label={t("title")}
        rows={grants.data}
        loading={grants.isFetching && !grants.data}
        error={grants.error}
        onRetry={() => void grants.refetch()}
        rowKey={(grant) => grant.id}
        skeletonRows={2}
        empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} className="py-8" />}
        columns={[
          { id: "agency", header: t("agency"), cell: (grant) => <span className="truncate font-medium">{grant.agency}</span> },
          { id: "role", header: t("role"), cell: (grant) => roles(grant.maxRole) },
          { id: "shops", header: m("shops"), hideBelow: "sm", cell: (grant) => <ShopNames shopIds={grant.shopIds} shops={shops} /> },
          {
            id: "until",
            header: t("until"),
            hideBelow: "sm",
            cell: (grant) => (grant.expiresAt ? <Timestamp at={grant.expiresAt} /> : t("unlimited")),
          },
          { id: "by", header: t("by"), hideBelow: "md", cell: (grant) => grant.grantedBy ?? "–" },
          {
            id: "revoke",
            header: t("revoke"),
            headerHidden: true,
            align: "end",
            cell: (grant) => (
              <Button size="sm" variant="ghost" aria-label={t("revokeTitle", { agency: grant.agency })} onClick={() => setRevoking(grant)}>
                {t("revoke")}
              </Button>
            ),
          },
        ]}
      />
      {granting && <GrantDialog orgId={orgId} shops={shops} onClose={() => setGranting(false)} />}
      {revoking && <RevokeDialog orgId={orgId} orgName={orgName} grant={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function RevokeDialog({ orgId, orgName, grant, onClose }: { orgId: string; orgName: string; grant: Grant; onClose: () => void }) {
  const t = useTranslations("settings.agencies");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const revoke = trpc.tenancy.revokeAgencyAccess.useMutation({
    onSuccess: async () => {
      toastSuccess(t("revoked"));
      await utils.tenancy.agencyGrants.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("revokeTitle", { agency: grant.agency })}
      description={t("revokeText", { org: orgName })}
      confirmLabel={t("revoke")}
      tone="danger"
      onConfirm={() => revoke.mutate({ orgId, grantId: grant.id })}
      pending={revoke.isPending}
      error={revoke.error ? errorText(revoke.error) : null}
    />
  );
}

type GrantRole = z.output<typeof grantRoleSchema>;

function GrantDialog({ orgId, shops, onClose }: Omit<AgencyAccessProps, "orgName"> & { onClose: () => void }) {
  const t = useTranslations("settings.agencies");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const { timeZone } = useShop();
  const [agencyId, setAgencyId] = useState("");
  const [choice, setChoice] = useState<RoleChoice<GrantRole>>({ role: "marketer", shopIds: null });
  const [day, setDay] = useState("");
  const [tried, setTried] = useState(false);
  const isId = z.uuid().safeParse(agencyId.trim()).success;
  const found = trpc.tenancy.agencyName.useQuery({ orgId, agencyId: agencyId.trim() }, { enabled: isId, retry: false });
  const grant = trpc.tenancy.grantAgencyAccess.useMutation();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!found.data || lacksShops(choice) || grant.isPending) return;
    const expiresAt = dayEnd(day, timeZone);
    const input = { orgId, agencyId: agencyId.trim(), maxRole: choice.role, shopIds: choice.shopIds, expiresAt };
    try {
      if (!(await stepUp(() => grant.mutateAsync(input)))) return;
      toastSuccess(t("granted"));
      await utils.tenancy.agencyGrants.invalidate();
      onClose();
    } catch {
      // The mutation keeps the error; it is shown below.
    }
  };
  const unknown = (isId && found.isError) || (tried && !isId);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("grantTitle")} description={t("grantText")}>
      <form noValidate method="post" onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field
          label={t("agencyId")}
          required
          error={unknown ? t("notFound") : undefined}
          hint={found.data ? t("found", { name: found.data.name }) : undefined}
        >
          {(control) => (
            <Input {...control} autoFocus spellCheck={false} value={agencyId} onChange={(event) => setAgencyId(event.target.value)} />
          )}
        </Field>
        <RoleFields
          label={t("role")}
          roles={grantRoleSchema.options}
          shops={shops}
          value={choice}
          onValueChange={setChoice}
          shopsMissing={tried && lacksShops(choice)}
        />
        <Field label={t("expires")} error={undefined} hint={t("expiresHint")}>
          {(control) => <DateField {...control} value={day} onValueChange={setDay} />}
        </Field>
        <div role="alert" className="text-danger text-sm empty:hidden">
          {unlessStepUp(grant.error) ? errorText(grant.error) : null}
        </div>
        <div className="flex justify-end">
          <Button type="submit" variant="primary" loading={grant.isPending}>
            {t("grant")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
