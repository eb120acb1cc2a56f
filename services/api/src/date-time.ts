const DATE_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** True for a time of RFC 3339, such as 2026-03-01T12:00:00Z: a day that there is, and a zone. Date.parse reads all of them. */
export function isDateTime(text: string): boolean {
  const [, local] = DATE_TIME.exec(text) ?? [];
  if (local === undefined) return false;
  // Date.parse takes the 30th of February for the 2nd of March: a time is what reads back as it was written.
  return new Date(`${local}Z`).toJSON()?.startsWith(local) === true;
}
