"use client";

import { FolderPlus, Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { LIMITS } from "@/server/segments/schema";
import { Badge } from "../primitives/badge";
import { Button, IconButton } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { cn } from "../primitives/class-names";
import { copyNode, type EditGroup, type EditNode, moveNode, newClause, newGroup, replaceNode } from "./edit-tree";
import { newAttributeClause } from "./new-clause";
import { NodeMenu, RuleRow } from "./rule-row";

type RuleTreeProps = { root: EditGroup; onChange: (root: EditGroup) => void; disabled: boolean };

/** The visual form of the whole query. Disabled, it shows the last valid state and takes no input. */
export function RuleTree({ root, onChange, disabled }: RuleTreeProps) {
  return (
    // inert takes the whole form out of the keyboard's way while the text is being mended.
    <div inert={disabled} className={cn(disabled && "opacity-55")}>
      <RuleGroup group={root} root={root} depth={0} onChange={onChange} />
    </div>
  );
}

type RuleGroupProps = { group: EditGroup; root: EditGroup; depth: number; onChange: (root: EditGroup) => void };

const firstRule = () => newClause(newAttributeClause("number_of_orders"));

function RuleGroup({ group, root, depth, onChange }: RuleGroupProps) {
  const t = useTranslations("segments.rules");
  const change = (id: string, next: (node: EditNode) => EditNode | null) => onChange(replaceNode(root, id, next));
  const set = (patch: Partial<EditGroup>) => change(group.id, () => ({ ...group, ...patch }));
  const actions = (node: EditNode) => ({
    onCopy: () => onChange(copyNode(root, node.id)),
    onRemove: () => change(node.id, () => null),
    onMove: (by: -1 | 1) => onChange(moveNode(root, node.id, by)),
    onNegate: () => change(node.id, (current) => ({ ...current, negated: !current.negated })),
  });
  return (
    <fieldset className={cn("flex min-w-0 flex-col", depth > 0 && "my-1.5 rounded-md border border-line bg-bg/60 p-3")}>
      <legend className="sr-only">{depth === 0 ? t("combine") : t("group")}</legend>
      <div className="flex flex-wrap items-center gap-2">
        {group.negated && <Badge tone="warning">{t("not")}</Badge>}
        {(group.children.length > 1 || depth > 0) && (
          <SegmentedControl
            aria-label={t("combine")}
            options={[
              { value: "and", label: t("and") },
              { value: "or", label: t("or") },
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
          {index > 0 && (
            <div aria-hidden className="flex items-center gap-2 text-faint text-xs">
              {group.op === "and" ? t("andShort") : t("orShort")}
              <span className="h-px flex-1 bg-line" />
            </div>
          )}
          {child.kind === "clause" ? (
            <RuleRow rule={child} onChange={(clause) => change(child.id, () => ({ ...child, clause }))} {...actions(child)} />
          ) : (
            <RuleGroup group={child} root={root} depth={depth + 1} onChange={onChange} />
          )}
        </div>
      ))}
      <div className="mt-1.5 flex flex-wrap gap-1.5">
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
