"use client";

import {
  type Announcements,
  type CollisionDetection,
  DndContext,
  type DragEndEvent,
  DragOverlay,
  type KeyboardCoordinateGetter,
  KeyboardSensor,
  type Over,
  PointerSensor,
  useDndContext,
  useDraggable,
  useDroppable,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { GripVertical } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { LIMITS } from "@/server/segments/schema";
import { cn } from "../primitives/class-names";
import { type EditGroup, type EditNode, findNode, levelsOf, moveTo } from "./edit-tree";

/** A place between two conditions: what a drop on it means, and what is said of it. */
type Place = { groupId: string; index: number; count: number; level: number };

/** What the id of a place looks like; the ids of nodes never do. */
const placeId = (groupId: string, index: number) => `place ${groupId} ${index}`;

const isPlace = (data: unknown): data is Place => typeof data === "object" && data !== null && "groupId" in data && "index" in data;
const placeOf = (over: Over | null): Place | null => (isPlace(over?.data.current) ? over.data.current : null);

type Rect = { top: number; height: number };
const middle = ({ top, height }: Rect) => top + height / 2;

/** The place nearest in height: places lie one below the other, whatever group they belong to. */
const nearestPlace: CollisionDetection = ({ pointerCoordinates, collisionRect, droppableContainers, droppableRects }) => {
  const y = pointerCoordinates?.y ?? middle(collisionRect);
  let best: { id: string | number; distance: number } | null = null;
  for (const container of droppableContainers) {
    const rect = droppableRects.get(container.id);
    if (!rect) continue;
    const distance = Math.abs(middle(rect) - y);
    if (!best || distance < best.distance) best = { id: container.id, distance };
  }
  return best ? [{ id: best.id }] : [];
};

/** The arrow keys go from place to place instead of by pixels. */
const nextPlace: KeyboardCoordinateGetter = (event, { currentCoordinates, context }) => {
  const down = event.code === "ArrowDown";
  if (!down && event.code !== "ArrowUp") return undefined;
  event.preventDefault();
  const { collisionRect, droppableRects, droppableContainers } = context;
  if (!collisionRect) return undefined;
  const y = middle(collisionRect);
  const heights = droppableContainers
    .getEnabled()
    .flatMap((container) => droppableRects.get(container.id) ?? [])
    .map(middle)
    .filter((height) => (down ? height > y + 1 : height < y - 1));
  if (heights.length === 0) return undefined;
  const target = down ? Math.min(...heights) : Math.max(...heights);
  return { x: currentCoordinates.x, y: currentCoordinates.y + target - y };
};

type RuleDragProps = { root: EditGroup; nameOf: (node: EditNode) => string; onChange: (root: EditGroup) => void; children: ReactNode };

/** Carries conditions and groups to any place of the query, by pointer and by keyboard. */
export function RuleDrag({ root, nameOf, onChange, children }: RuleDragProps) {
  const id = useId();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: nextPlace }),
  );
  const t = useTranslations("segments.rules.dnd");
  const name = (nodeId: string | number) => {
    const node = findNode(root, String(nodeId));
    return node ? nameOf(node) : "";
  };
  const words = ({ index, count, level }: Place) => ({
    place: index + 1,
    count: count + 1,
    group: level === 0 ? t("root") : t("group", { level: level + 1 }),
  });
  const announcements: Announcements = {
    onDragStart: ({ active }) => t("start", { name: name(active.id) }),
    onDragOver: ({ active, over }) => {
      const place = placeOf(over);
      return place ? t("over", { name: name(active.id), ...words(place) }) : t("outside", { name: name(active.id) });
    },
    onDragEnd: ({ active, over }) => {
      const place = placeOf(over);
      return place ? t("end", { name: name(active.id), ...words(place) }) : t("dropped", { name: name(active.id) });
    },
    onDragCancel: ({ active }) => t("cancel", { name: name(active.id) }),
  };
  const drop = ({ active, over }: DragEndEvent) => {
    const place = placeOf(over);
    if (!place) return;
    const moved = moveTo(root, String(active.id), place.groupId, place.index);
    if (moved !== root) onChange(moved);
  };
  return (
    <DndContext
      id={id}
      sensors={sensors}
      collisionDetection={nearestPlace}
      accessibility={{ announcements, screenReaderInstructions: { draggable: t("instructions") } }}
      onDragEnd={drop}
    >
      {children}
      <Carried name={name} />
    </DndContext>
  );
}

/** What hangs at the pointer: the name is enough, the row itself stays where it is until it is dropped. */
function Carried({ name }: { name: (id: string | number) => string }) {
  const { active } = useDndContext();
  return (
    <DragOverlay dropAnimation={null}>
      {active && (
        <span className="inline-flex max-w-72 items-center gap-1.5 rounded-md border border-accent bg-raised px-2.5 py-1.5 text-sm shadow-raised">
          <GripVertical aria-hidden className="size-4 shrink-0 text-faint" />
          <span className="truncate">{name(active.id)}</span>
        </span>
      )}
    </DragOverlay>
  );
}

type SlotProps = { root: EditGroup; group: EditGroup; index: number; depth: number; children?: ReactNode };

/** A place to drop on; between two conditions it also says how they are joined. */
export function Slot({ root, group, index, depth, children }: SlotProps) {
  const { active } = useDndContext();
  const carried = active ? findNode(root, String(active.id)) : undefined;
  const full = carried !== undefined && depth + 1 + levelsOf(carried) > LIMITS.depth / 2 + 1;
  const place: Place = { groupId: group.id, index, count: group.children.length, level: depth };
  const { setNodeRef, isOver } = useDroppable({
    id: placeId(group.id, index),
    data: place,
    // A group cannot be dropped into itself.
    disabled: carried !== undefined && (full || findNode(carried, group.id) !== undefined),
  });
  return (
    <div ref={setNodeRef} className="relative flex min-h-1.5 items-center">
      {children}
      {isOver && <span aria-hidden className="pointer-events-none absolute inset-x-0 top-1/2 h-0.5 -translate-y-1/2 rounded bg-accent" />}
    </div>
  );
}

type DragRowProps = { node: EditNode; name: string; children: (handle: ReactNode) => ReactNode };

/** A row or group that can be carried by its handle; the handle also takes copy and paste. */
export function DragRow({ node, name, children }: DragRowProps) {
  const t = useTranslations("segments.rules");
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, isDragging } = useDraggable({
    id: node.id,
    attributes: { roleDescription: t("dragRole") },
  });
  const handle = (
    <button
      type="button"
      ref={setActivatorNodeRef}
      {...attributes}
      {...listeners}
      aria-label={t("drag", { name })}
      className="flex h-8 w-5 shrink-0 cursor-grab touch-none items-center justify-center rounded text-faint hover:text-ink active:cursor-grabbing pointer-coarse:h-10 pointer-coarse:w-7"
    >
      <GripVertical aria-hidden className="size-4" />
    </button>
  );
  return (
    <div ref={setNodeRef} data-node={node.id} className={cn(isDragging && "opacity-40")}>
      {children(handle)}
    </div>
  );
}
