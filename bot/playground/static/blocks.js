// Block Kit's blocks as DOM. `place` says where they stand and what happens when somebody acts (see place.js).

import { fill, h, safeLink } from "./dom.js";
import { element, isFilledIn } from "./elements.js";
import { markdown } from "./markdown.js";
import { emojis, textOf } from "./mrkdwn.js";
import { richText } from "./richtext.js";

// The blocks as parts of a node (see `fill`); `errors` are words by block id. A bot may give its blocks other ids whenever
// it sends them, so they are known by kind and number; what is filled in is another field when its block's id is another.
export function blockParts(list, place, errors = {}) {
  const counts = new Map();
  return (list ?? []).map((block) => {
    const number = (counts.get(block.type) ?? 0) + 1;
    counts.set(block.type, number);
    const key = block.type === "input" ? `input ${block.block_id}` : `${block.type} ${number}`;
    const item = block.elements || block.element || block.accessory ? block : { ...block, block_id: "" };
    return [key, [item, errors[block.block_id]], (old) => drawBlock(block, { ...place, error: errors[block.block_id] }, old)];
  });
}

function drawBlock(block, place, old) {
  const draw = BLOCKS[block.type];
  const node = draw ? draw(block, place, old) : h("em", { class: "unknown" }, `[${block.type}]`);
  node.dataset.block = block.block_id ?? "";
  return node;
}

function elementPart(one, block, place) {
  const key = `${one.type} ${one.action_id} ${isFilledIn(one) ? block.block_id : ""}`;
  return [key, [block.block_id, one], (old) => element(one, block, place, old)];
}

const BLOCKS = {
  header: (block) => h("h3", { class: "b-header" }, emojis(block.text.text)),
  divider: () => h("hr", { class: "b-divider" }),
  markdown: (block) => markdown(block.text, "markdown b-markdown"),
  rich_text: (block, place) => h("div", { class: "b-rich" }, richText(block.elements, place.people)),
  section,
  context,
  image,
  actions,
  input,
  table,
};

function section(block, place, node = h("div", { class: "b-section" })) {
  const fields = () => h("div", { class: "b-fields" }, block.fields.map((field) => h("div", null, textOf(field, place.people))));
  const text = () => h("div", { class: "b-text" }, textOf(block.text, place.people));
  fill(node, [
    ["main", [block.text, block.fields], () => h("div", { class: "b-main" }, block.text && text(), block.fields && fields())],
    block.accessory && ["accessory", [block.block_id, block.accessory], (old) => accessory(block, place, old)],
  ]);
  return node;
}

function accessory(block, place, node = h("div", { class: "b-accessory" })) {
  const one = block.accessory;
  fill(node, [one.type === "image" ? ["image", one, () => picture(one)] : elementPart(one, block, place)]);
  return node;
}

function actions(block, place, node = h("div", { class: "b-actions" })) {
  fill(node, block.elements.map((one) => elementPart(one, block, place)));
  return node;
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

function input(block, place, node = h("div", { class: "b-input" })) {
  const silent = { ...place, isSilent: !block.dispatch_action };
  const [key, item, draw] = elementPart(block.element, block, silent);
  const label = () => h("label", { class: "b-label" }, emojis(block.label.text), block.optional ? h("small", null, " (optional)") : null);
  const held = (old) => {
    const made = draw(old);
    (made.querySelector(":scope > [aria-haspopup]") ?? made).setAttribute("aria-label", block.label.text);
    return made;
  };
  fill(node, [
    ["label", [block.label, block.optional], label],
    [key, [item, block.label], held],
    block.hint && ["hint", block.hint, () => h("p", { class: "b-hint" }, block.hint.text)],
    place.error && ["error", place.error, () => h("p", { class: "b-error", role: "alert" }, place.error)],
  ]);
  return node;
}

function table(block, place) {
  const cell = (one) => h("td", null, one.type === "rich_text" ? richText(one.elements, place.people) : (one.text ?? ""));
  return h("table", { class: "b-table" }, block.rows.map((row) => h("tr", null, row.map(cell))));
}
