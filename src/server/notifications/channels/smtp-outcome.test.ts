import { describe, expect, it } from "vitest";
import { bounceClass, outcomeOf } from "./smtp-outcome";

/** Errors as nodemailer makes them of a server's answer to a command. */
const refused = (command: string, answer: string, code = command === "DATA" ? "EMESSAGE" : "EENVELOPE") =>
  Object.assign(new Error(`refused: ${answer}`), { code, command, response: answer, responseCode: Number(answer.slice(0, 3)) });
const outcome = (command: string, answer: string, to = "c1@example.com") => outcomeOf(refused(command, answer), to);

const DOWN = { result: "retry", down: true };
const COUNTED = { ...DOWN, counted: true };
const HARD = { result: "failed", reason: "hardBounce", bounce: "hard" };
const REJECTED = { result: "failed", reason: "rejected", bounce: null };

describe("a refusal", () => {
  it.each([
    ["MAIL FROM", "550 Sender address rejected: not owned by user"],
    ["MAIL FROM", "553 sorry, that domain isn't in my list of allowed rcpthosts"],
    ["MAIL FROM", "550 5.1.8 Sender domain does not exist"],
    ["MAIL FROM", "550 5.1.1 no such user"],
    ["MAIL FROM", "550 5.7.1 Sender not authorised"],
    ["MAIL FROM", "450 4.7.1 too many messages from this sender"],
    ["EHLO", "550 go away"],
    ["CONN", "554 5.7.1 this host is on a list"],
    ["AUTH PLAIN", "535 5.7.8 wrong"],
  ])("of the sender is a channel that is down and nobody's attempt: %s, %s", (command, answer) => {
    expect(outcome(command, answer)).toMatchObject(DOWN);
    expect(outcome(command, answer)).not.toHaveProperty("counted");
    expect(outcome(command, answer, "jörg@example.com")).toMatchObject(DOWN);
  });

  it.each([
    ["553 5.7.1 <shop@example.com>: Sender address rejected: not owned by user"],
    ["550 5.1.8 <shop@example.com>: Sender address rejected: Domain not found"],
    ["554 5.7.1 <c1@example.com>: Relay access denied"],
    ["550 relaying denied"],
    ["530 5.7.0 Authentication required"],
  ])("of the sender that comes with the recipient is tried again, for two days: %s", (answer) => {
    expect(outcome("RCPT TO", answer)).toMatchObject(COUNTED);
  });

  it.each([
    ["550 5.1.1 <c1@example.com>: Recipient address rejected: User unknown"],
    ["550 5.1.2 bad destination host"],
    ["553 5.1.3 bad address syntax"],
    ["551 5.1.6 mailbox has moved"],
    ["550 5.1.10 null MX"],
    ["550 5.2.1 mailbox disabled"],
    ["550 No such user here"],
    ["551 User not local"],
    ["553 mailbox name invalid"],
    // What the person is called, and who they are with, is no reason.
    ["550 <relay.sender@spam-policy.example>: unknown user at blocklist.example"],
  ])("of a mailbox that does not exist is for ever: %s", (answer) => {
    expect(outcome("RCPT TO", answer)).toMatchObject(HARD);
  });

  it.each([
    ["550 5.7.1 not authorised"],
    ["550 5.1.0 address rejected"],
    ["550 rejected because of policy"],
    ["550 listed at a block list"],
    ["553 message looks like spam"],
    ["550 access denied"],
    ["554 no"],
    ["550 5.4.1 access denied"],
  ])("by policy is about this message, not about the address: %s", (answer) => {
    expect(outcome("RCPT TO", answer)).toMatchObject(REJECTED);
  });

  it.each([["550 Message rejected as spam"], ["554 Message rejected as spam"], ["550 5.7.1 spam"], ["550 5.1.1 no such user"]])(
    "after the text was handed over gives no address up: %s",
    (answer) => {
      expect(outcome("DATA", answer)).toMatchObject(REJECTED);
    },
  );

  it("for now is tried again; the end of a session is for all, and perhaps for this message", () => {
    expect(outcome("RCPT TO", "451 4.7.1 try again later")).toEqual(expect.objectContaining({ result: "retry", down: false }));
    expect(outcome("DATA", "452 4.3.1 full")).toMatchObject({ result: "retry", down: false });
    expect(outcome("CONN", "421 closing")).toMatchObject(COUNTED);
  });

  it("of a size or an alphabet is about the message, also where the sender is named", () => {
    expect(outcome("MAIL FROM", "552 5.3.4 too big")).toMatchObject(REJECTED);
    expect(outcome("MAIL FROM", "550 5.6.7 no SMTPUTF8", "jörg@example.com")).toMatchObject({ reason: "unreachable", bounce: null });
    expect(outcome("RCPT TO", "553 5.6.7 no SMTPUTF8", "jörg@example.com")).toMatchObject({ reason: "unreachable", bounce: null });
    expect(
      outcomeOf(Object.assign(new Error("Message size larger than allowed 10"), { code: "EMESSAGE", command: "MAIL FROM" }), "a@b.de"),
    ).toEqual(expect.objectContaining({ reason: "rejected" }));
  });

  it("knows which codes are for ever (RFC 3463)", () => {
    expect(["5.1.1", "5.1.10", "5.2.1"].map((code) => bounceClass(code))).toEqual(["hard", "hard", "hard"]);
    expect(["4.4.7", "5.2.2"].map((code) => bounceClass(code))).toEqual(["soft", "soft"]);
    expect(["5.7.1", "5.3.4", "5.1.7", "5.1.8", "5.1.0", "5.0.0"].map((code) => bounceClass(code))).toEqual(Array(6).fill(null));
  });
});
