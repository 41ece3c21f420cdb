/** Whether a mouse button or finger is down right now. */
let pressed = false;

if (typeof window !== "undefined") {
  const set = (now: boolean) => () => {
    pressed = now;
  };
  window.addEventListener("pointerdown", set(true), true);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, set(false), true);
}

/**
 * Does what moves the page only after the press that is under way. A field that is left by pressing a button below it would otherwise push
 * the button away with its error before the press ends, and the button would not hear of it.
 */
export function afterPress(act: () => void): void {
  if (!pressed) {
    act();
    return;
  }
  const controller = new AbortController();
  const done = () => {
    controller.abort();
    // The click comes right behind the end of the press.
    setTimeout(act);
  };
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, done, { signal: controller.signal });
}
