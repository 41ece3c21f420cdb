"use client";

import { Download, Upload } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button, buttonStyle } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { Field } from "../primitives/field";
import { FileDrop } from "../primitives/file-drop";
import { Page, PageHeader } from "../primitives/page-header";
import { Progress } from "../primitives/progress";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { useRefusalText } from "./refusal-text";
import { uploadFile } from "./upload-file";

export function UploadPage({ bytesMax }: { bytesMax: number }) {
  const t = useTranslations("imports.upload");
  const shop = useShop();
  const router = useRouter();
  const refusalText = useRefusalText();
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [problem, setProblem] = useState<string>();

  const upload = async (event: FormEvent) => {
    event.preventDefault();
    if (!file) {
      setProblem(t("noFile"));
      return;
    }
    setProblem(undefined);
    setSent(0);
    const result = await uploadFile(shop.id, file, setSent);
    if (result.ok) {
      router.push(shopPath(shop.id, `/imports/${result.id}`));
      return;
    }
    setSent(null);
    setProblem(refusalText(result.code, result.params));
  };

  return (
    <Page width="narrow">
      <PageCrumb label={t("title")} href={shopPath(shop.id, "/imports/new")} />
      <PageHeader title={t("title")} description={t("text")} />
      <Card>
        <form onSubmit={(event) => void upload(event)} className="flex flex-col gap-4">
          <Field label={t("field")} error={problem} required>
            {(control) => (
              <FileDrop
                {...control}
                file={file}
                onFileChange={(chosen) => {
                  setProblem(undefined);
                  setFile(chosen);
                }}
                extensions={[".csv", ".txt", ".tsv", ".gz"]}
                bytesMax={bytesMax}
                name="file"
              />
            )}
          </Field>
          {sent !== null && (
            <div className="flex flex-col gap-1.5">
              <Progress label={t("uploading")} value={sent} />
              <p role="status" className="text-muted text-xs">
                {sent < 1 ? t("uploading") : t("checking")}
              </p>
            </div>
          )}
          <div>
            <Button type="submit" variant="primary" loading={sent !== null}>
              <Upload aria-hidden />
              {t("start")}
            </Button>
          </div>
        </form>
      </Card>
      <Section title={t("sampleTitle")} description={t("sampleText")}>
        <div>
          <a href="/samples/orders.csv" download className={buttonStyle()}>
            <Download aria-hidden />
            {t("sample")}
          </a>
        </div>
      </Section>
    </Page>
  );
}
