import { errorCode } from "../error-text";

/** The answer to a question that was replaced is nobody's error. */
export const realError = (error: unknown): unknown => (error && errorCode(error) !== "SEGMENT_SUPERSEDED" ? error : null);
