// Slack's modals: the topmost open view, over the Slack pane.

import { blocks } from "./blocks.js";
import { h, jsonView } from "./dom.js";
import { overlay } from "./dialog.js";
import { emojis } from "./mrkdwn.js";
import { placeOf } from "./place.js";

const drafts = new Map();

export function drawModal(root, stack, context) {
  const view = stack.at(-1);
  const mark = view ? `${view.id} ${view.hash} ${context.me}` : "";
  const old = root.querySelector(":scope > .overlay.view");
  if (old && old.dataset.mark !== mark) old.remove();
  if (!view) return;
  if (!old || old.dataset.mark !== mark) root.append(build(view, context, mark, stack.length));
  showErrors(root.querySelector(":scope > .overlay.view"), view.errors);
}

function build(view, context, mark, depth) {
  if (!drafts.has(view.id)) drafts.set(view.id, structuredClone(view.typed ?? {}));
  const draft = drafts.get(view.id);
  const close = () => context.act({ do: "close_view", view: view.id });
  const json = jsonView(view.sent);
  json.hidden = true;
  const submit = view.submit ? h("button", { type: "button", class: "s-button primary", onclick: () => send(layer, view, draft, context) }, view.submit.text) : null;
  const body = h("div", { class: "modal-body" }, h("p", { class: "modal-error", role: "alert", hidden: true }), blocks(view.blocks, placeOf({ view: view.id }, context, draft)), json);
  const layer = overlay(
    h("div", { role: "dialog", "aria-modal": "true", "aria-label": view.title.text, class: "modal", data: { view: view.id } },
      h("header", null,
        h("h2", null, emojis(view.title.text)),
        h("button", { type: "button", class: "quiet", title: "Show the JSON the bot sent", onclick: () => (json.hidden = !json.hidden) }, "JSON"),
        h("button", { type: "button", class: "quiet", "aria-label": "Close dialog", onclick: close }, "✕")),
      body,
      h("footer", null,
        h("span", { class: "by" }, "Quell"),
        h("button", { type: "button", class: "s-button", onclick: close }, view.close?.text ?? (depth > 1 ? "Back" : "Cancel")),
        submit)),
    "view",
  );
  layer.dataset.mark = mark;
  return layer;
}

async function send(layer, view, draft, context) {
  layer.querySelector("footer").classList.add("busy");
  for (const field of layer.querySelectorAll("input:focus, textarea:focus")) field.blur();
  await context.act({ do: "submit_view", view: view.id, values: draft });
  layer.querySelector("footer").classList.remove("busy");
}

function showErrors(layer, errors = {}) {
  const general = layer.querySelector(".modal-error");
  general.textContent = errors[""] ?? "";
  general.hidden = !errors[""];
  layer.querySelectorAll(".b-error").forEach((old) => old.remove());
  for (const [block, words] of Object.entries(errors)) {
    const node = block && layer.querySelector(`[data-block="${CSS.escape(block)}"]`);
    if (node) node.append(h("p", { class: "b-error", role: "alert" }, words));
  }
}
