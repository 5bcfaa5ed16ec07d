// Slack's own markup as DOM nodes.

import { h, safeLink } from "./dom.js";
import { slackDate } from "./clock.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", red_circle: "🔴", large_red_circle: "🔴",
  large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", rotating_light: "🚨", fire: "🔥", bug: "🐛", mute: "🔇", bell: "🔔",
  zzz: "💤", eyes: "👀", tada: "🎉", information_source: "ℹ️", arrow_up: "⬆️", arrow_down: "⬇️", package: "📦",
  hourglass: "⌛", wastebasket: "🗑️", inbox_tray: "📥", chart_with_upwards_trend: "📈", speech_balloon: "💬",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", link: "🔗", star: "⭐", no_entry: "⛔", wave: "👋", lock: "🔒",
};

const PIECES = new RegExp(
  [
    "```\\n?([\\s\\S]+?)```",
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\w*])",
    "(?<![\\w_])_(?=\\S)([^_\\n]*[^_\\s])_(?![\\w_])",
    "(?<![\\w~])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\w~])",
    ":([a-z0-9_+-]+):",
  ].join("|"),
  "g",
);

const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

export function emojis(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}

export function mrkdwn(text, people) {
  const nodes = [];
  for (const part of text.split(/(```[\s\S]+?```)/)) {
    if (part.startsWith("```")) nodes.push(...inline(part, people));
    else nodes.push(...lines(part, people));
  }
  return h("span", { class: "mrkdwn" }, nodes);
}

function lines(text, people) {
  const nodes = [];
  let quote = [];
  const endQuote = () => {
    if (quote.length) nodes.push(h("blockquote", null, inline(quote.join("\n"), people)));
    quote = [];
  };
  const all = text.split("\n");
  all.forEach((line, index) => {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quoted) return quote.push(quoted[1]);
    endQuote();
    nodes.push(...inline(line + (index < all.length - 1 ? "\n" : ""), people));
  });
  endQuote();
  return nodes;
}

function inline(text, people) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(PIECES)) {
    if (match.index > from) nodes.push(plain(text.slice(from, match.index)));
    nodes.push(piece(match, people));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(plain(text.slice(from)));
  return nodes;
}

function piece([whole, block, code, angle, bold, italic, strike, emoji], people) {
  if (block !== undefined) return h("pre", null, plain(block));
  if (code !== undefined) return h("code", null, plain(code));
  if (angle !== undefined) return reference(angle, people);
  if (bold !== undefined) return h("strong", null, inline(bold, people));
  if (italic !== undefined) return h("em", null, inline(italic, people));
  if (strike !== undefined) return h("s", null, inline(strike, people));
  return EMOJI[emoji] ?? whole;
}

function reference(text, people) {
  const [target, label] = split(text, "|");
  if (target.startsWith("@")) return mention(people?.get(target.slice(1)) ?? label ?? target.slice(1));
  if (target.startsWith("#")) return mention(label ?? "alerts", "#");
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, link] = target.split("^");
    const shown = slackDate(Number(seconds), pattern);
    return link ? anchor(link, shown) : h("time", { title: label ?? "" }, shown);
  }
  if (target.startsWith("!")) return mention(label ?? target.slice(1), "@");
  return anchor(plain(target), plain(label ?? target));
}

const mention = (name, mark = "@") => h("span", { class: "mention" }, mark + name.replace(/^[@#]/, ""));
const anchor = (url, label) => h("a", { href: safeLink(url), target: "_blank", rel: "noreferrer" }, label);

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

// A text object: plain or marked up.
export function textOf(object, people) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, people) : h("span", { class: "plain" }, emojis(object.text));
}
