"use client";

import { MoreHorizontal, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Badge } from "../primitives/badge";
import { Button, IconButton } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { ConfirmDialog, Dialog } from "../primitives/dialog";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { AgencyAccess } from "./agency-access";
import { InviteDialog } from "./invite-dialog";
import { ResetDialog } from "./reset-dialog";
import { ALL_ROLES, lacksShops, type RoleChoice, RoleFields } from "./role-fields";
import { SecondFactorPolicy } from "./second-factor-policy";
import { ShopNames } from "./shop-names";

type Members = RouterOutput["tenancy"]["members"];
type Member = Members["members"][number];
type Open = { kind: "invite" } | { kind: "edit" | "reset" | "remove"; member: Member } | null;

export function MembersPage({ userId }: { userId: string }) {
  const t = useTranslations("settings.members");
  const shop = useShop();
  const query = trpc.tenancy.members.useQuery({ orgId: shop.orgId });
  const [open, setOpen] = useState<Open>(null);
  const mayManage = shop.can("member.manage");
  const shops = query.data?.shops ?? [];
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description", { org: shop.orgName })}
        actions={
          <Button variant="primary" disabledReason={mayManage ? undefined : t("readOnly")} onClick={() => setOpen({ kind: "invite" })}>
            <UserPlus aria-hidden />
            {t("invite")}
          </Button>
        }
      />
      <MemberTable
        query={{
          rows: query.data?.members,
          loading: query.isFetching && !query.data,
          error: query.error,
          onRetry: () => void query.refetch(),
        }}
        userId={userId}
        shops={shops}
        onOpen={mayManage ? setOpen : null}
      />
      {query.data && query.data.invitations.length > 0 && (
        <Invitations orgId={shop.orgId} invitations={query.data.invitations} mayManage={mayManage} />
      )}
      <SecondFactorPolicy orgId={shop.orgId} mayManage={shop.can("org.manage")} />
      {shop.can("agency.manage") && <AgencyAccess orgId={shop.orgId} orgName={shop.orgName} shops={shops} />}
      {open?.kind === "invite" && <InviteDialog orgId={shop.orgId} shops={shops} onClose={() => setOpen(null)} />}
      {open?.kind === "edit" && <EditRole orgId={shop.orgId} member={open.member} shops={shops} onClose={() => setOpen(null)} />}
      {open?.kind === "reset" && <ResetDialog orgId={shop.orgId} member={open.member} onClose={() => setOpen(null)} />}
      {open?.kind === "remove" && <RemoveMember orgId={shop.orgId} member={open.member} onClose={() => setOpen(null)} />}
    </Page>
  );
}

type MemberTableProps = {
  query: { rows: readonly Member[] | undefined; loading: boolean; error: unknown; onRetry: () => void };
  userId: string;
  shops: Members["shops"];
  /** null: may only look. */
  onOpen: ((open: Open) => void) | null;
};

function MemberTable({ query, userId, shops, onOpen }: MemberTableProps) {
  const t = useTranslations("settings.members");
  const roles = useTranslations("auth.roles");
  return (
    <DataTable
      {...query}
      label={t("title")}
      rowKey={(member) => member.id}
      skeletonRows={4}
      sorting={{ mode: "client" }}
      empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      columns={[
        {
          id: "name",
          header: t("name"),
          sortable: (member) => member.name,
          cell: (member) => (
            <span className="block min-w-0">
              <span className="flex min-w-0 items-center gap-2">
                <span className="truncate font-medium">{member.name}</span>
                {member.userId === userId && <Badge>{t("you")}</Badge>}
              </span>
              <span className="block truncate text-muted text-xs">{member.email}</span>
            </span>
          ),
        },
        { id: "role", header: t("role"), sortable: (member) => roles(member.role), cell: (member) => roles(member.role) },
        {
          id: "shops",
          header: t("shops"),
          hideBelow: "sm",
          cell: (member) => <ShopNames shopIds={member.shopIds} shops={shops} />,
        },
        {
          id: "since",
          header: t("since"),
          hideBelow: "md",
          sortable: (member) => member.since,
          cell: (member) => <Timestamp at={member.since} show="date" />,
        },
        {
          id: "actions",
          header: t("edit"),
          headerHidden: true,
          align: "end",
          width: "3rem",
          cell: (member) =>
            onOpen && (
              <DropdownMenu
                trigger={
                  <IconButton label={t("actions", { name: member.name })} size="sm">
                    <MoreHorizontal aria-hidden />
                  </IconButton>
                }
              >
                <MenuItem onSelect={() => onOpen({ kind: "edit", member })}>{t("edit")}</MenuItem>
                {member.userId !== userId && <MenuItem onSelect={() => onOpen({ kind: "reset", member })}>{t("reset.menu")}</MenuItem>}
                <MenuItem tone="danger" onSelect={() => onOpen({ kind: "remove", member })}>
                  {t("remove")}
                </MenuItem>
              </DropdownMenu>
            ),
        },
      ]}
    />
  );
}

function EditRole({ orgId, member, shops, onClose }: { orgId: string; member: Member; shops: Members["shops"]; onClose: () => void }) {
  const t = useTranslations("settings.members");
  const common = useTranslations("common.actions");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const [choice, setChoice] = useState<RoleChoice>({ role: member.role, shopIds: member.shopIds });
  const [tried, setTried] = useState(false);
  const change = trpc.tenancy.changeRole.useMutation();
  const save = async () => {
    setTried(true);
    if (lacksShops(choice)) return;
    try {
      const done = await stepUp(() => change.mutateAsync({ orgId, membershipId: member.id, ...choice }).then(() => true));
      if (!done) return;
      toastSuccess(t("changed"));
      await utils.tenancy.members.invalidate();
      onClose();
    } catch {
      // The mutation keeps the error; it is shown below.
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("editTitle", { name: member.name })}
      description={member.email}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button variant="primary" loading={change.isPending} onClick={() => void save()}>
            {common("save")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <RoleFields
          label={t("role")}
          roles={ALL_ROLES}
          shops={shops}
          value={choice}
          onValueChange={setChoice}
          shopsMissing={tried && lacksShops(choice)}
        />
        <div role="alert" className="text-danger text-sm empty:hidden">
          {unlessStepUp(change.error) ? errorText(change.error) : null}
        </div>
      </div>
    </Dialog>
  );
}

function RemoveMember({ orgId, member, onClose }: { orgId: string; member: Member; onClose: () => void }) {
  const t = useTranslations("settings.members");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const remove = trpc.tenancy.removeMember.useMutation();
  const confirm = async () => {
    try {
      const done = await stepUp(() => remove.mutateAsync({ orgId, membershipId: member.id }).then(() => true));
      if (!done) return;
      toastSuccess(t("removed", { name: member.name }));
      await utils.tenancy.members.invalidate();
      onClose();
    } catch {
      // The mutation keeps the error; the dialog shows it.
    }
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("removeTitle", { name: member.name })}
      description={t("removeText", { org: shop.orgName })}
      confirmLabel={t("remove")}
      tone="danger"
      onConfirm={() => void confirm()}
      pending={remove.isPending}
      error={unlessStepUp(remove.error) ? errorText(remove.error) : null}
    />
  );
}

function Invitations({ orgId, invitations, mayManage }: { orgId: string; invitations: Members["invitations"]; mayManage: boolean }) {
  const t = useTranslations("settings.members");
  const roles = useTranslations("auth.roles");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const revoke = trpc.tenancy.revokeInvitation.useMutation({
    onSuccess: async () => {
      toastSuccess(t("revoked"));
      await utils.tenancy.members.invalidate();
    },
    onError: (error) => void toastError(errorText(error)),
  });
  return (
    <Section title={t("pending")}>
      <DataTable
        label={t("pending")}
        rows={invitations}
        loading={false}
        error={null}
        onRetry={() => void utils.tenancy.members.invalidate()}
        rowKey={(invitation) => invitation.id}
        empty={null}
        columns={[
          { id: "email", header: t("email"), cell: (invitation) => <span className="truncate">{invitation.email}</span> },
          { id: "role", header: t("role"), cell: (invitation) => roles(invitation.role) },
          { id: "until", header: t("until"), hideBelow: "sm", cell: (invitation) => <Timestamp at={invitation.expiresAt} /> },
          { id: "by", header: t("by"), hideBelow: "md", cell: (invitation) => invitation.invitedBy ?? "–" },
          {
            id: "revoke",
            header: t("revoke"),
            headerHidden: true,
            align: "end",
            cell: (invitation) =>
              mayManage && (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t("revokeLabel", { email: invitation.email })}
                  loading={revoke.isPending && revoke.variables.invitationId === invitation.id}
                  onClick={() => revoke.mutate({ orgId, invitationId: invitation.id })}
                >
                  {t("revoke")}
                </Button>
              ),
          },
        ]}
      />
    </Section>
  );
}
