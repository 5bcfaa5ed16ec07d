// Times as the person acting would see them, in that person's time zone.

let zone = "UTC";

export function setZone(name) {
  zone = name;
}

const format = (seconds, options) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(new Date(seconds * 1000));

export const hour = (seconds) => format(seconds, { hour: "2-digit", minute: "2-digit" });
const dayOf = (seconds) => format(seconds, { year: "numeric", month: "2-digit", day: "2-digit" });

const LONG = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
const TOKENS = {
  date_num: (at) => format(at, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date_slash: (at) => format(at, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date: (at) => format(at, { day: "numeric", month: "long", year: "numeric" }),
  date_short: (at) => format(at, { day: "numeric", month: "short", year: "numeric" }),
  date_long: (at) => format(at, LONG),
  date_pretty: (at) => pretty(at, TOKENS.date),
  date_short_pretty: (at) => pretty(at, TOKENS.date_short),
  date_long_pretty: (at) => pretty(at, TOKENS.date_long),
  time: hour,
  time_secs: (at) => format(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago: (at) => ago(Date.now() / 1000 - at),
};

// Adaptive Cards' {{DATE(…)}}: COMPACT, SHORT or LONG.
export function cardDate(seconds, length) {
  if (length === "SHORT") return format(seconds, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  return length === "LONG" ? format(seconds, LONG) : TOKENS.date_num(seconds);
}

// Slack's <!date^seconds^pattern|fallback>.
export function slackDate(seconds, pattern) {
  return pattern.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(seconds) ?? whole);
}

function pretty(at, otherwise) {
  for (const [days, word] of [[0, "today"], [-1, "yesterday"], [1, "tomorrow"]]) {
    if (dayOf(at) === dayOf(Date.now() / 1000 + days * 86400)) return word;
  }
  return otherwise(at);
}

function ago(seconds) {
  for (const [size, word] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    const count = Math.floor(Math.abs(seconds) / size);
    if (count) return `${count} ${word}${count > 1 ? "s" : ""} ${seconds < 0 ? "from now" : "ago"}`;
  }
  return "just now";
}

// What a date and time typed in the person's zone is in seconds since 1970.
export function toSeconds(local) {
  const guess = Date.parse(`${local}Z`);
  return Math.round((guess - offsetAt(guess - offsetAt(guess))) / 1000);
}

export function toLocal(seconds) {
  const at = seconds * 1000;
  return new Date(at + offsetAt(at)).toISOString().slice(0, 16);
}

function offsetAt(millis) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(new Date(millis));
  const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return Date.parse(`${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}:${of.second}Z`) - Math.floor(millis / 1000) * 1000;
}
