import { maskEmail } from "@/server/segments/mask-email";

/** Whether the viewer may read addresses in full (`customer.pii`); others see enough to recognise one (domain.md 5.1). */
export type Viewer = { pii: boolean };

export const visibleEmail = (email: string | null, viewer: Viewer): string | null =>
  email === null || viewer.pii ? email : maskEmail(email);
