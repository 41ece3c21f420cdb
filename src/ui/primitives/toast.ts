import { toast } from "sonner";

/** Results of what somebody did. Errors of a form belong to the form; a toast is for what has no place on the page. */
export const toastSuccess = (title: string, description?: string) => toast.success(title, { description });
export const toastInfo = (title: string, description?: string) => toast.info(title, { description });
export const toastError = (title: string, description?: string) => toast.error(title, { description, duration: 8_000 });

/** For what can be taken back: done at once, with ten seconds to change one's mind. */
export function toastUndo(title: string, undoLabel: string, onUndo: () => void) {
  return toast(title, { duration: 10_000, action: { label: undoLabel, onClick: onUndo } });
}
