"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { Button, ButtonLink } from "../primitives/button";
import { Card } from "../primitives/card";
import { ConfirmDialog } from "../primitives/dialog";
import { Page, PageHeader } from "../primitives/page-header";
import { Progress } from "../primitives/progress";
import { Notice } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ImportIssues } from "./import-issues";
import { ImportReport } from "./import-report";
import { ImportStatus } from "./import-status";
import type { Import } from "./import-types";
import { MappingForm } from "./mapping-form";
import { useRefusalText } from "./refusal-text";

/** One import in whatever state it is: settle the mapping, watch it run, read what came of it. */
export function ImportPage({ initial }: { initial: Import }) {
  const t = useTranslations("imports");
  const shop = useShop();
  const query = trpc.imports.get.useQuery(
    { shopId: shop.id, id: initial.id },
    {
      initialData: initial,
      refetchInterval: ({ state }) => (state.data?.status === "queued" || state.data?.status === "running" ? 500 : false),
    },
  );
  const file = query.data;
  const canWrite = shop.can("import.write");
  return (
    <Page>
      <PageCrumb label={file.fileName} href={shopPath(shop.id, `/imports/${file.id}`)} />
      <PageHeader
        title={file.fileName}
        status={<ImportStatus status={file.status} />}
        description={
          <>
            {t(`kind.${file.kind}`)} · {file.createdBy} · <Timestamp at={file.createdAt} />
          </>
        }
        actions={
          file.status === "done" || file.status === "cancelled"
            ? canWrite && <ButtonLink href={shopPath(shop.id, "/imports/new")}>{t("new")}</ButtonLink>
            : canWrite && <CancelButton file={file} onDone={() => void query.refetch()} />
        }
      />
      {file.status === "failed" && <Failure file={file} />}
      {file.status === "cancelled" && (
        <Notice tone="info" title={t("cancelledTitle")}>
          {t("cancelledText")}
        </Notice>
      )}
      {(file.status === "uploaded" || (file.status === "failed" && file.errorCode !== "IMPORT_FORMAT")) && canWrite && (
        <MappingForm file={file} onStarted={() => void query.refetch()} />
      )}
      {(file.status === "queued" || file.status === "running") && <Running file={file} />}
      {file.report && <ImportReport file={file} report={file.report} />}
      {file.report && <ImportIssues file={file} report={file.report} />}
    </Page>
  );
}

function Failure({ file }: { file: Import }) {
  const t = useTranslations("imports");
  const refusalText = useRefusalText();
  const known = file.errorCode !== null && file.errorCode !== "INTERNAL";
  return (
    <Notice tone="danger" title={t("failedTitle")}>
      {known ? refusalText(file.errorCode ?? "", file.errorParams ?? {}) : t("failedInternal")} {t("failedText")}
    </Notice>
  );
}

function Running({ file }: { file: Import }) {
  const t = useTranslations("imports");
  const phase = file.status === "queued" || file.phase === null ? t("progress.queued") : t(`phase.${file.phase}`);
  return (
    <Card className="flex flex-col gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <p role="status" className="font-medium text-sm">
          {file.cancelRequested ? t("cancelling") : phase}
        </p>
        <p className="tabular text-muted text-sm">{t("progress.rows", { count: file.rowsRead })}</p>
      </div>
      <Progress label={phase} value={file.progress} />
      <p className="text-muted text-xs">{t("progress.leave")}</p>
    </Card>
  );
}

function CancelButton({ file, onDone }: { file: Import; onDone: () => void }) {
  const t = useTranslations("imports");
  const shop = useShop();
  const errorText = useErrorText();
  const [open, setOpen] = useState(false);
  const waiting = file.status === "uploaded" || file.status === "failed";
  const cancel = trpc.imports.cancel.useMutation({
    onSuccess: () => setOpen(false),
    onSettled: onDone,
  });
  return (
    <>
      <Button loading={cancel.isPending || file.cancelRequested} onClick={() => setOpen(true)}>
        {waiting ? t("discard") : t("cancel")}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={waiting ? t("discardTitle") : t("cancelTitle")}
        description={waiting ? t("discardText") : t("cancelText")}
        confirmLabel={waiting ? t("discard") : t("cancel")}
        tone="danger"
        pending={cancel.isPending}
        error={cancel.error ? `${t("cancelFailed")} ${errorText(cancel.error)}` : null}
        onConfirm={() => cancel.mutate({ shopId: shop.id, id: file.id })}
      />
    </>
  );
}
