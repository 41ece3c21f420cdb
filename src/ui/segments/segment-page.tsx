"use client";

import { GitCompare, Megaphone, MoreHorizontal } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useStepUp } from "../auth/step-up";
import { errorCode } from "../error-text";
import { Button, ButtonLink, IconButton } from "../primitives/button";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { Page } from "../primitives/page-header";
import { Skeleton, SkeletonText } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastError, toastSuccess, toastUndo } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { SegmentEditor } from "./segment-editor";
import { useSegmentErrorText } from "./segment-error";
import { SegmentRecord } from "./segment-record";
import { VocabularyProvider } from "./vocabulary";

type Segment = RouterOutput["segments"]["get"];

export function SegmentPage({ segmentId }: { segmentId: string }) {
  const shop = useShop();
  // Refetching behind a person who types would throw the typing away; the version catches what others changed.
  const segment = trpc.segments.get.useQuery(
    { shopId: shop.id, id: segmentId },
    { refetchOnWindowFocus: false, staleTime: Number.POSITIVE_INFINITY },
  );
  if (segment.error) return <ErrorState error={segment.error} onRetry={() => void segment.refetch()} />;
  if (!segment.data) {
    return (
      <Page>
        <Skeleton className="h-7 w-64" />
        <SkeletonText lines={6} />
      </Page>
    );
  }
  return (
    <VocabularyProvider>
      <Editor key={`${segment.data.id} ${segment.data.version}`} segment={segment.data} onReload={() => void segment.refetch()} />
    </VocabularyProvider>
  );
}

function Editor({ segment, onReload }: { segment: Segment; onReload: () => void }) {
  const t = useTranslations("segments.editor");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useSegmentErrorText();
  const update = trpc.segments.update.useMutation({
    onSuccess: (saved) => {
      utils.segments.get.setData({ shopId: shop.id, id: saved.id }, saved);
      void utils.segments.list.invalidate();
      void utils.segments.counts.invalidate();
      void utils.segments.tags.invalidate();
      void utils.segments.usedBy.invalidate();
      toastSuccess(t("saved"));
    },
    onError: (error) => errorCode(error) !== "CONFLICT" && toastError(errorText(error)),
  });
  const archived = segment.archivedAt !== null;
  const conflict = update.error && errorCode(update.error) === "CONFLICT";
  return (
    <SegmentEditor
      initial={segment}
      keeping={{ key: `${shop.userId}:${shop.id}:${segment.id}`, version: segment.version }}
      title={segment.name}
      saveLabel={t("save")}
      saving={update.isPending}
      readOnly={archived || !shop.can("segment.write")}
      actions={(changed) => <Actions segment={segment} changed={changed} />}
      notice={
        conflict ? (
          <Notice tone="warning" title={t("conflict")} action={<Button onClick={onReload}>{t("reload")}</Button>} />
        ) : (
          archived && <Notice tone="info" title={t("archivedNotice")} />
        )
      }
      onSave={(draft) => update.mutate({ shopId: shop.id, id: segment.id, version: segment.version, ...draft })}
    >
      <SegmentRecord segment={segment} />
    </SegmentEditor>
  );
}

/** Hands a text to the browser as a file. */
function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Actions({ segment, changed }: { segment: Segment; changed: boolean }) {
  const t = useTranslations("segments.editor");
  const shop = useShop();
  const router = useRouter();
  const utils = trpc.useUtils();
  const errorText = useSegmentErrorText();
  const stepUp = useStepUp();
  const onError = (error: unknown) => toastError(errorText(error));
  const keep = (saved: Segment) => {
    utils.segments.get.setData({ shopId: shop.id, id: saved.id }, saved);
    void utils.segments.list.invalidate();
  };
  const duplicate = trpc.segments.duplicate.useMutation({
    onSuccess: (copy) => {
      void utils.segments.list.invalidate();
      toastSuccess(t("duplicated"));
      router.push(shopPath(shop.id, `/segments/${copy.id}`));
    },
    onError,
  });
  const archive = trpc.segments.archive.useMutation({
    onSuccess: (saved) => {
      keep(saved);
      toastUndo(t("archivedToast"), t("undo"), () => restore.mutate({ shopId: shop.id, id: saved.id }));
    },
    onError,
  });
  const restore = trpc.segments.restore.useMutation({
    onSuccess: (saved) => {
      keep(saved);
      toastSuccess(t("restored"));
    },
    onError,
  });
  const exporting = trpc.segments.export.useMutation();
  const target = { shopId: shop.id, id: segment.id };
  const runExport = async () => {
    try {
      const file = await stepUp(() => exporting.mutateAsync(target));
      if (!file) return;
      download(file.fileName, file.csv);
      toastSuccess(t("exported", { count: file.rows }));
    } catch (error) {
      onError(error);
    }
  };
  const mayWrite = shop.can("segment.write");
  const mayExport = shop.can("customer.export");
  return (
    <>
      <ButtonLink href={shopPath(shop.id, `/segments/compare?a=${segment.id}`)} aria-label={t("compare")}>
        <GitCompare aria-hidden />
        <span className="max-sm:sr-only">{t("compare")}</span>
      </ButtonLink>
      {shop.can("campaign.write") &&
        segment.archivedAt === null &&
        // A campaign takes the segment as it is saved.
        (changed ? (
          <Button disabledReason={t("saveFirst")} aria-label={t("campaign")}>
            <Megaphone aria-hidden />
            <span className="max-sm:sr-only">{t("campaign")}</span>
          </Button>
        ) : (
          <ButtonLink href={shopPath(shop.id, `/campaigns/new?segment=${segment.id}`)} aria-label={t("campaign")}>
            <Megaphone aria-hidden />
            <span className="max-sm:sr-only">{t("campaign")}</span>
          </ButtonLink>
        ))}
      {(mayWrite || mayExport) && (
        <DropdownMenu
          trigger={
            <IconButton label={t("actions")} variant="secondary">
              <MoreHorizontal aria-hidden />
            </IconButton>
          }
        >
          {mayWrite && <MenuItem onSelect={() => duplicate.mutate(target)}>{t("duplicate")}</MenuItem>}
          {mayExport && <MenuItem onSelect={() => void runExport()}>{t("export")}</MenuItem>}
          {mayWrite &&
            (segment.archivedAt === null ? (
              // What is archived cannot be written in: changes that are not saved would be gone.
              <MenuItem disabled={changed} hint={changed && t("saveBefore")} onSelect={() => archive.mutate(target)}>
                {t("archive")}
              </MenuItem>
            ) : (
              <MenuItem onSelect={() => restore.mutate(target)}>{t("restore")}</MenuItem>
            ))}
        </DropdownMenu>
      )}
    </>
  );
}
