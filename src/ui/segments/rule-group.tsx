"use client";

import { FolderPlus, Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { KeyboardEvent, ReactNode } from "react";
import { LIMITS } from "@/server/segments/schema";
import { Badge } from "../primitives/badge";
import { Button, IconButton } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { cn } from "../primitives/class-names";
import { copyNode, type EditGroup, type EditNode, moveNode, newClause, newGroup, replaceNode } from "./edit-tree";
import { subjectOf, useSubjectLabel } from "./labels";
import { newAttributeClause } from "./new-clause";
import { DragRow, RuleDrag, Slot } from "./rule-drag";
import { NodeMenu, RuleRow } from "./rule-row";
import { useRuleClipboard } from "./use-rule-clipboard";

type Change = (root: EditGroup, tag?: string) => void;
type RuleTreeProps = {
  root: EditGroup;
  onChange: Change;
  onUndo: () => void;
  onRedo: () => void;
  disabled: boolean;
  /** The text has moved on and cannot be read yet. */
  outdated: boolean;
};

/** The visual form of the whole query. Disabled, it shows the last valid state and takes no input. */
export function RuleTree({ root, onChange, onUndo, onRedo, disabled, outdated }: RuleTreeProps) {
  const nameOf = useNodeName();
  const clipboard = useRuleClipboard(root, onChange);
  const keyDown = (event: KeyboardEvent) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
    // The browser's own undo knows only the letters of one field, and would bring back what the query no longer means.
    event.preventDefault();
    if (key === "y" || event.shiftKey) onRedo();
    else onUndo();
  };
  return (
    // inert takes the whole form out of the keyboard's way while the text is being mended.
    // biome-ignore lint/a11y/noStaticElementInteractions: listens for keys and the clipboard of the controls within
    <div
      inert={disabled}
      // Pale only where these are not the rules of now; who may not change them still wants to read them.
      className={cn(outdated && "opacity-55")}
      onKeyDown={keyDown}
      onCopy={clipboard.onCopy}
      onPaste={clipboard.onPaste}
    >
      <RuleDrag root={root} nameOf={nameOf} onChange={onChange}>
        <RuleGroup group={root} root={root} depth={0} onChange={onChange} nameOf={nameOf} onCopyText={(id) => void clipboard.copy(id)} />
      </RuleDrag>
    </div>
  );
}

function useNodeName(): (node: EditNode) => string {
  const t = useTranslations("segments.rules");
  const label = useSubjectLabel();
  return (node) => {
    const name = node.kind === "clause" ? label(subjectOf(node.clause)) : t("groupName", { count: node.children.length });
    return node.negated ? `${t("negated")} ${name}` : name;
  };
}

type RuleGroupProps = {
  group: EditGroup;
  root: EditGroup;
  depth: number;
  onChange: Change;
  nameOf: (node: EditNode) => string;
  onCopyText: (id: string) => void;
  handle?: ReactNode;
};

const firstRule = () => newClause(newAttributeClause("number_of_orders"));

function RuleGroup({ group, root, depth, onChange, nameOf, onCopyText, handle }: RuleGroupProps) {
  const t = useTranslations("segments.rules");
  const change = (id: string, next: (node: EditNode) => EditNode | null, tag?: string) => onChange(replaceNode(root, id, next), tag);
  const set = (patch: Partial<EditGroup>) => change(group.id, () => ({ ...group, ...patch }));
  const actions = (node: EditNode) => ({
    onDuplicate: () => onChange(copyNode(root, node.id)),
    onCopyText: () => onCopyText(node.id),
    onRemove: () => change(node.id, () => null),
    onMove: (by: -1 | 1) => onChange(moveNode(root, node.id, by)),
    onNegate: () => change(node.id, (current) => ({ ...current, negated: !current.negated })),
  });
  const last = group.children.length;
  return (
    <fieldset className={cn("flex min-w-0 flex-col", depth > 0 && "my-1.5 rounded-md border border-line bg-bg/60 p-2 sm:p-3")}>
      <legend className="sr-only">{depth === 0 ? t("combine") : t("group")}</legend>
      <div className="flex flex-wrap items-center gap-2">
        {handle}
        {group.negated && <Badge tone="warning">{t("not")}</Badge>}
        {(group.children.length > 1 || depth > 0) && (
          <SegmentedControl
            aria-label={t("combine")}
            options={[
              { value: "and", label: <Wide short={t("all")} long={t("and")} /> },
              { value: "or", label: <Wide short={t("any")} long={t("or")} /> },
            ]}
            value={group.op}
            onValueChange={(op) => set({ op })}
          />
        )}
        {depth > 0 && (
          <span className="ml-auto flex items-center">
            <NodeMenu negated={group.negated} {...actions(group)} />
            <IconButton label={t("removeGroup")} onClick={actions(group).onRemove}>
              <X aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      {group.children.length === 0 && depth === 0 && (
        <div className="py-2">
          <p className="font-medium text-sm">{t("everyone")}</p>
          <p className="text-muted text-sm">{t("everyoneText")}</p>
        </div>
      )}
      {group.children.map((child, index) => (
        <div key={child.id}>
          <Slot root={root} group={group} index={index} depth={depth}>
            {index > 0 && <Joint word={group.op === "and" ? t("andShort") : t("orShort")} />}
          </Slot>
          <DragRow node={child} name={nameOf(child)}>
            {(grip) =>
              child.kind === "clause" ? (
                <RuleRow
                  rule={child}
                  handle={grip}
                  onChange={(clause) => change(child.id, () => ({ ...child, clause }), child.id)}
                  {...actions(child)}
                />
              ) : (
                <RuleGroup
                  group={child}
                  root={root}
                  depth={depth + 1}
                  handle={grip}
                  onChange={onChange}
                  nameOf={nameOf}
                  onCopyText={onCopyText}
                />
              )
            }
          </DragRow>
        </div>
      ))}
      <Slot root={root} group={group} index={last} depth={depth} />
      <div className="mt-1 flex flex-wrap gap-1.5">
        <Button size="sm" onClick={() => set({ children: [...group.children, firstRule()] })}>
          <Plus aria-hidden />
          {t("addRule")}
        </Button>
        {depth < LIMITS.depth / 2 && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => set({ children: [...group.children, newGroup(group.op === "and" ? "or" : "and", [firstRule()])] })}
          >
            <FolderPlus aria-hidden />
            {t("addGroup")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

/** A phone has no room for the long words. */
const Wide = ({ short, long }: { short: string; long: string }) => (
  <>
    <span className="sm:hidden">{short}</span>
    <span className="max-sm:hidden">{long}</span>
  </>
);

const Joint = ({ word }: { word: string }) => (
  <div aria-hidden className="flex flex-1 items-center gap-2 text-faint text-xs">
    {word}
    <span className="h-px flex-1 bg-line" />
  </div>
);
