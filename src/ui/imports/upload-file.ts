/** What became of an upload. `refused` carries the server's code and values. */
export type UploadResult =
  | { ok: true; id: string }
  | { ok: false; code: string; params: Record<string, string | number> }
  | { ok: false; code: "NETWORK"; params: Record<string, never> };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function readAnswer(text: string): UploadResult {
  try {
    const answer: unknown = JSON.parse(text);
    if (isRecord(answer) && typeof answer.id === "string") return { ok: true, id: answer.id };
    if (isRecord(answer) && typeof answer.code === "string") {
      const params: Record<string, string | number> = {};
      if (isRecord(answer.params))
        for (const [name, value] of Object.entries(answer.params))
          if (typeof value === "string" || typeof value === "number") params[name] = value;
      return { ok: false, code: answer.code, params };
    }
  } catch {
    // A proxy's HTML page instead of our answer.
  }
  return { ok: false, code: "INTERNAL", params: {} };
}

/** Sends a file as the body of a POST and tells how much has left; fetch() cannot tell. Never rejects. */
export function uploadFile(shopId: string, file: File, onProgress: (share: number) => void): Promise<UploadResult> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/imports/upload?shopId=${shopId}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onProgress(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = () => resolve(readAnswer(request.responseText));
    request.onerror = () => resolve({ ok: false, code: "NETWORK", params: {} });
    request.onabort = () => resolve({ ok: false, code: "NETWORK", params: {} });
    request.send(file);
  });
}
