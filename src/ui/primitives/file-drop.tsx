"use client";

import { FileText, Upload, X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { type DragEvent, useRef, useState } from "react";
import { formatBytes } from "../format";
import { IconButton } from "./button";
import { cn } from "./class-names";
import type { ControlProps } from "./field";

type FileDropProps = Partial<ControlProps> & {
  file: File | null;
  onFileChange: (file: File | null) => void;
  /** File name endings with dot: [".csv", ".txt"]. */
  extensions: readonly [string, ...string[]];
  bytesMax: number;
  name?: string;
};

export function FileDrop({ file, onFileChange, extensions, bytesMax, name, ...control }: FileDropProps) {
  const t = useTranslations("common.file");
  const locale = useLocale();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<"wrongType" | "tooLarge" | null>(null);
  const types = extensions.join(", ");
  const size = formatBytes(bytesMax, locale);

  const take = (candidate: File | undefined) => {
    if (!candidate) return;
    const refused = !extensions.some((ending) => candidate.name.toLowerCase().endsWith(ending))
      ? "wrongType"
      : candidate.size > bytesMax
        ? "tooLarge"
        : null;
    setProblem(refused);
    onFileChange(refused ? null : candidate);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };

  return (
    <div className="flex flex-col gap-1.5">
      {/* The whole area is the label of the file input: clicking, dropping and the keyboard reach the same element. */}
      <label
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={cn(
          "flex cursor-pointer flex-col items-center gap-1 rounded-lg border border-line-strong border-dashed bg-surface px-4 py-8 text-center transition-colors focus-within:outline-2 focus-within:outline-accent focus-within:outline-offset-2 hover:bg-hover",
          over && "border-accent bg-accent-soft",
          control["aria-invalid"] && "border-danger",
        )}
      >
        <Upload aria-hidden className="size-5 text-faint" />
        <span className="text-sm">{t.rich("drop", { link: (chunks) => <span className="font-medium text-accent">{chunks}</span> })}</span>
        <span className="text-faint text-xs">{t("limit", { types, size })}</span>
        <input
          {...control}
          ref={input}
          type="file"
          name={name}
          accept={types}
          className="sr-only"
          onChange={(event) => {
            take(event.target.files?.[0]);
            // The same file chosen again, corrected on disk, must count as a change.
            event.target.value = "";
          }}
        />
      </label>
      <div role="status" className="text-sm">
        {problem && <p className="text-danger text-xs">{problem === "tooLarge" ? t("tooLarge", { size }) : t("wrongType", { types })}</p>}
        {file && (
          <p className="flex items-center gap-2">
            <FileText aria-hidden className="size-4 shrink-0 text-faint" />
            <span className="min-w-0 truncate">{t("chosen", { name: file.name, size: formatBytes(file.size, locale) })}</span>
            <IconButton
              label={t("remove")}
              size="sm"
              onClick={() => {
                onFileChange(null);
                input.current?.focus();
              }}
            >
              <X aria-hidden />
            </IconButton>
          </p>
        )}
      </div>
    </div>
  );
}
