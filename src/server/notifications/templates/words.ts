/** Fixed words around a shop's own text, the same in both parts of an e-mail. */
export const WORDS = {
  de: {
    validUntil: "Gültig bis",
    open: "Dieses Guthaben läuft nicht ab.",
    unsubscribe: "Keine Werbung mehr",
    preferences: "Einstellungen für Nachrichten",
    why: "Diese Nachricht geht an Kundinnen und Kunden von",
    objection:
      "Der Verwendung der Adresse für Werbung kann jederzeit widersprochen werden, ohne dass andere als die Übermittlungskosten nach den Basistarifen entstehen.",
    imprint: "Impressum",
    privacy: "Datenschutz",
  },
  en: {
    validUntil: "Valid until",
    open: "This credit does not expire.",
    unsubscribe: "No more advertising",
    preferences: "Message settings",
    why: "This message is sent to customers of",
    objection:
      "You may object to the use of your address for advertising at any time, at no cost other than transmission at the basic rate.",
    imprint: "Imprint",
    privacy: "Privacy",
  },
} as const;
