// Slack's rich_text elements as DOM; the common ones.

import { h, safeLink } from "./dom.js";
import { emojis } from "./mrkdwn.js";

export function richText(elements, people) {
  return (elements ?? []).map((one) => PARTS[one.type]?.(one, people) ?? h("em", null, `[${one.type}]`));
}

const PARTS = {
  rich_text_section: (one, people) => h("p", null, inline(one.elements, people)),
  rich_text_preformatted: (one, people) => h("pre", null, inline(one.elements, people)),
  rich_text_quote: (one, people) => h("blockquote", null, inline(one.elements, people)),
  rich_text_list: (one, people) =>
    h(one.style === "ordered" ? "ol" : "ul", null, one.elements.map((item) => h("li", null, inline(item.elements, people)))),
};

const inline = (elements, people) => (elements ?? []).map((one) => styled(one, INLINE[one.type]?.(one, people) ?? ""));

const INLINE = {
  text: (one) => one.text,
  emoji: (one) => emojis(`:${one.name}:`),
  link: (one) => h("a", { href: safeLink(one.url), target: "_blank", rel: "noreferrer" }, one.text ?? one.url),
  user: (one, people) => h("span", { class: "mention" }, `@${people?.get(one.user_id) ?? one.user_id}`),
  channel: () => h("span", { class: "mention" }, "#alerts"),
  date: (one) => h("time", null, one.fallback ?? new Date(one.timestamp * 1000).toLocaleString()),
};

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

function styled(one, node) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (one.style?.[name] ? h(tag, null, inner) : inner), node);
}
