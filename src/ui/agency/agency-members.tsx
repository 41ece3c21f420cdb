"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { ConfirmDialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Select } from "../primitives/select";
import { EmptyState } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { InviteSteps } from "../settings/invite-dialog";
import { type RouterOutput, trpc } from "../trpc";

type Agency = RouterOutput["agencies"]["get"];
type Member = Agency["members"][number];
type AgencyMembersProps = {
  agencyId: string;
  userId: string /** The id that clients need, where it is not shown above. */;
  showId: ReactNode;
};

export function AgencyMembers({ agencyId, userId, showId }: AgencyMembersProps) {
  const t = useTranslations("agency");
  const agency = trpc.agencies.get.useQuery({ agencyId });
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const isAdmin = agency.data?.isAdmin ?? false;
  return (
    <>
      <Section
        title={t("members")}
        description={t("membersText")}
        actions={
          isAdmin && (
            <Button size="sm" onClick={() => setInviting(true)}>
              {t("invite")}
            </Button>
          )
        }
      >
        <DataTable
          label={t("members")}
          rows={agency.data?.members}
          loading={agency.isFetching && !agency.data}
          error={agency.error}
          onRetry={() => void agency.refetch()}
          rowKey={(member) => member.userId}
          skeletonRows={2}
          empty={<EmptyState title={t("members")} text={t("membersText")} />}
          columns={[
            {
              id: "name",
              header: t("name"),
              cell: (member) => (
                <span className="block min-w-0">
                  <span className="block truncate font-medium">{member.name}</span>
                  <span className="block truncate text-muted text-xs">{member.email}</span>
                </span>
              ),
            },
            { id: "role", header: t("agencyRole"), cell: (member) => (member.role === "admin" ? t("roleAdmin") : t("roleMember")) },
            { id: "since", header: t("since"), hideBelow: "sm", cell: (member) => <Timestamp at={member.since} show="date" /> },
            {
              id: "remove",
              header: t("remove"),
              headerHidden: true,
              align: "end",
              cell: (member) =>
                (isAdmin || member.userId === userId) && (
                  <Button
                    size="sm"
                    variant="ghost"
                    aria-label={t("removeLabel", { name: member.name })}
                    onClick={() => setRemoving(member)}
                  >
                    {t("remove")}
                  </Button>
                ),
            },
          ]}
        />
      </Section>
      {agency.data && agency.data.invitations.length > 0 && <Invitations agencyId={agencyId} invitations={agency.data.invitations} />}
      {showId && (
        <Section title={t("id")} description={t("idHint")}>
          {showId}
        </Section>
      )}
      {inviting && <Invite agencyId={agencyId} onClose={() => setInviting(false)} />}
      {removing && <Remove agencyId={agencyId} member={removing} self={removing.userId === userId} onClose={() => setRemoving(null)} />}
    </>
  );
}

function Invite({ agencyId, onClose }: { agencyId: string; onClose: () => void }) {
  const t = useTranslations("agency");
  const utils = trpc.useUtils();
  const [role, setRole] = useState<"admin" | "member">("member");
  const invite = trpc.agencies.invite.useMutation({ onSuccess: () => utils.agencies.get.invalidate() });
  return (
    <InviteSteps
      title={t("inviteTitle")}
      error={invite.error}
      pending={invite.isPending}
      onClose={onClose}
      onInvite={(email) => invite.mutateAsync({ agencyId, email, role })}
    >
      <Field label={t("agencyRole")} required error={undefined}>
        {(control) => (
          <Select
            {...control}
            value={role}
            onValueChange={setRole}
            options={[
              { value: "member", label: t("roleMember") },
              { value: "admin", label: t("roleAdmin") },
            ]}
          />
        )}
      </Field>
    </InviteSteps>
  );
}

type RemoveProps = { agencyId: string; member: Member /** Leaving: afterwards this page is gone. */; self: boolean; onClose: () => void };

function Remove({ agencyId, member, self, onClose }: RemoveProps) {
  const t = useTranslations("agency");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const remove = trpc.agencies.removeMember.useMutation({
    onSuccess: async () => {
      if (self) return window.location.assign("/");
      toastSuccess(t("removed", { name: member.name }));
      await utils.agencies.get.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("removeTitle", { name: member.name })}
      description={t("removeText")}
      confirmLabel={t("remove")}
      tone="danger"
      onConfirm={() => remove.mutate({ agencyId, userId: member.userId })}
      pending={remove.isPending}
      error={remove.error ? errorText(remove.error) : null}
    />
  );
}

function Invitations({ agencyId, invitations }: { agencyId: string; invitations: Agency["invitations"] }) {
  const t = useTranslations("agency");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const revoke = trpc.agencies.revokeInvitation.useMutation({
    onSuccess: async () => {
      toastSuccess(t("revoked"));
      await utils.agencies.get.invalidate();
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
        onRetry={() => void utils.agencies.get.invalidate()}
        rowKey={(invitation) => invitation.id}
        empty={null}
        columns={[
          { id: "email", header: t("email"), cell: (invitation) => <span className="truncate">{invitation.email}</span> },
          { id: "role", header: t("agencyRole"), cell: (invitation) => (invitation.role === "admin" ? t("roleAdmin") : t("roleMember")) },
          { id: "until", header: t("until"), hideBelow: "sm", cell: (invitation) => <Timestamp at={invitation.expiresAt} /> },
          {
            id: "revoke",
            header: t("revoke"),
            headerHidden: true,
            align: "end",
            cell: (invitation) => (
              <Button
                size="sm"
                variant="ghost"
                aria-label={t("revokeLabel", { email: invitation.email })}
                loading={revoke.isPending && revoke.variables.invitationId === invitation.id}
                onClick={() => revoke.mutate({ agencyId, invitationId: invitation.id })}
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
