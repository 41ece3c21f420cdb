"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import type { ComponentProps, MouseEvent, ReactNode } from "react";
import { cn } from "./class-names";
import { Tooltip } from "./tooltip";

export const buttonStyle = cva(
  // Nothing can be clicked on paper.
  "print:hidden inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&>svg]:size-4 [&>svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-ink hover:bg-accent/90",
        secondary: "border border-line-strong/60 bg-surface text-ink hover:bg-hover",
        ghost: "text-muted hover:bg-hover hover:text-ink",
        danger: "bg-danger text-surface hover:bg-danger/90",
      },
      size: {
        sm: "h-7 px-2 text-xs pointer-coarse:h-9",
        md: "h-8 px-3 text-sm pointer-coarse:h-10",
        lg: "h-10 px-4 text-base",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type Look = VariantProps<typeof buttonStyle>;

export type ButtonProps = Omit<ComponentProps<"button">, "disabled"> &
  Look & {
    loading?: boolean;
    /** Why the button cannot be used now. It stays reachable and says so, instead of vanishing. */
    disabledReason?: ReactNode;
  };

export function Button({
  variant,
  size,
  loading = false,
  disabledReason,
  className,
  children,
  onClick,
  type = "button",
  ...props
}: ButtonProps) {
  const blocked = loading || Boolean(disabledReason);
  const guard = (event: MouseEvent<HTMLButtonElement>) => {
    // aria-disabled does not stop a click; a submit button would still send its form.
    if (blocked) event.preventDefault();
    else onClick?.(event);
  };
  const button = (
    <button
      {...props}
      type={type}
      onClick={guard}
      aria-disabled={blocked || props["aria-disabled"]}
      aria-busy={loading || undefined}
      className={cn(buttonStyle({ variant, size }), className)}
    >
      {loading && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
  return disabledReason ? <Tooltip content={disabledReason}>{button}</Tooltip> : button;
}

/** A link that looks like a button: for going somewhere, not for doing something. */
export function ButtonLink({ variant, size, className, ...props }: ComponentProps<typeof Link> & Look) {
  return <Link {...props} className={cn(buttonStyle({ variant, size }), className)} />;
}

export type IconButtonProps = Omit<ButtonProps, "aria-label" | "children"> & { label: string; children: ReactNode };

/** An icon alone has no name: the label is read to screen readers and shown as a tooltip. */
export function IconButton({ label, size = "md", variant = "ghost", className, children, disabledReason, ...props }: IconButtonProps) {
  const square = { sm: "size-7 pointer-coarse:size-9", md: "size-8 pointer-coarse:size-10", lg: "size-10" }[size ?? "md"];
  const button = (
    <Button
      {...props}
      variant={variant}
      size={size}
      disabledReason={disabledReason}
      aria-label={label}
      className={cn("px-0", square, className)}
    >
      {props.loading ? null : children}
    </Button>
  );
  return disabledReason ? button : <Tooltip content={label}>{button}</Tooltip>;
}
