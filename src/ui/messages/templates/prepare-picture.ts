import { MAX_PICTURE_BYTES } from "@/server/notifications/schema";

/** Twice the width of an e-mail, for screens with fine pixels. */
const MAX_WIDTH = 1_200;
const QUALITIES = [0.86, 0.75, 0.6];

/**
 * A picture as e-mails take it: at most 1,200 pixels wide and small enough, without what a camera notes beside it (the place, the device).
 * WebP becomes PNG, because Outlook shows no WebP. A GIF stays as it is, because it may move. Null for what is no picture or stays too large.
 */
export async function preparePicture(file: File): Promise<Blob | null> {
  if (file.type === "image/gif") return file.size <= MAX_PICTURE_BYTES ? file : null;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, MAX_WIDTH / bitmap.width);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  if (file.type !== "image/jpeg") {
    const png = await canvas.convertToBlob({ type: "image/png" });
    if (png.size <= MAX_PICTURE_BYTES) return png;
    // JPEG knows no transparency: what shows through is white, as the mail is.
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  for (const quality of QUALITIES) {
    const jpeg = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (jpeg.size <= MAX_PICTURE_BYTES) return jpeg;
  }
  return null;
}
