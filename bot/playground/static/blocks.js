// Block Kit's blocks as DOM. `place` says where they stand and what happens when somebody acts (see place.js).

import { h, safeLink } from "./dom.js";
import { element } from "./elements.js";
import { markdown } from "./markdown.js";
import { emojis, textOf } from "./mrkdwn.js";
import { richText } from "./richtext.js";

export function blocks(list, place) {
  return (list ?? []).map((block) => {
    const draw = BLOCKS[block.type];
    const node = draw ? draw(block, place) : h("em", { class: "unknown" }, `[${block.type}]`);
    node.dataset.block = block.block_id ?? "";
    return node;
  });
}

const BLOCKS = {
  header: (block) => h("h3", { class: "b-header" }, emojis(block.text.text)),
  divider: () => h("hr", { class: "b-divider" }),
  markdown: (block) => markdown(block.text, "markdown b-markdown"),
  rich_text: (block, place) => h("div", { class: "b-rich" }, richText(block.elements, place.people)),
  section,
  context,
  image,
  actions: (block, place) =>
    h("div", { class: "b-actions" }, block.elements.map((one) => element(one, block, place))),
  input,
  table,
};

function section(block, place) {
  const fields = block.fields
    ? h("div", { class: "b-fields" }, block.fields.map((field) => h("div", null, textOf(field, place.people))))
    : null;
  const accessory = block.accessory
    ? h("div", { class: "b-accessory" }, block.accessory.type === "image" ? picture(block.accessory) : element(block.accessory, block, place))
    : null;
  const text = block.text ? h("div", { class: "b-text" }, textOf(block.text, place.people)) : null;
  return h("div", { class: "b-section" }, h("div", { class: "b-main" }, text, fields), accessory);
}

function context(block, place) {
  const parts = block.elements.map((one) => (one.type === "image" ? picture(one) : h("span", null, textOf(one, place.people))));
  return h("div", { class: "b-context" }, parts);
}

function image(block) {
  const title = block.title ? h("figcaption", null, block.title.text) : null;
  return h("figure", { class: "b-image" }, title, picture(block));
}

const picture = (one) => h("img", { src: safeLink(one.image_url ?? ""), alt: one.alt_text });

function input(block, place) {
  const label = h("label", { class: "b-label" }, emojis(block.label.text), block.optional ? h("small", null, " (optional)") : null);
  const held = element(block.element, block, { ...place, isSilent: !block.dispatch_action });
  (held.querySelector(":scope > [aria-haspopup]") ?? held).setAttribute("aria-label", block.label.text);
  const hint = block.hint ? h("p", { class: "b-hint" }, block.hint.text) : null;
  return h("div", { class: "b-input" }, label, held, hint);
}

function table(block, place) {
  const cell = (one) => h("td", null, one.type === "rich_text" ? richText(one.elements, place.people) : (one.text ?? ""));
  return h("table", { class: "b-table" }, block.rows.map((row) => h("tr", null, row.map(cell))));
}
