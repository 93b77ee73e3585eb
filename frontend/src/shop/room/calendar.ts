/** A show as a calendar entry (RFC 5545) that one can keep on any device. `start` in ms since the epoch. */
export function calendarEntry(show: { id: number; title: string; start: number; url: string }): string {
  const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const plain = (text: string) => text.replace(/([\\,;])/g, "\\$1").replace(/\r?\n/g, "\\n");
  return [
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Souk//Shop//EN", "BEGIN:VEVENT",
    `UID:show-${show.id}@souk`, `DTSTAMP:${stamp(show.start)}`, `DTSTART:${stamp(show.start)}`,
    `DTEND:${stamp(show.start + 3_600_000)}`, `SUMMARY:${plain(show.title)}`, `URL:${show.url}`,
    "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", `DESCRIPTION:${plain(show.title)}`, "END:VALARM",
    "END:VEVENT", "END:VCALENDAR", "",
  ].join("\r\n");
}
