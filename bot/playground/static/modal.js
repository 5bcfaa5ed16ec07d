// Slack's modals over the Slack pane: the topmost open view is seen, those below wait as they were left.

import { blockParts } from "./blocks.js";
import { fill, h, jsonToggle, jsonView } from "./dom.js";
import { overlay } from "./dialog.js";
import { emojis } from "./mrkdwn.js";
import { placeOf } from "./place.js";

const drafts = new Map();

export function drawModals(layers, stack, context) {
  const top = stack.at(-1);
  fill(layers, stack.map((view, depth) => [`${context.me} ${view.id}`, [view, view === top], (old) => modal({ view, depth, isTop: view === top }, context, old)]));
}

function modal({ view, depth, isTop }, context, old) {
  const layer = old ?? build(view, context);
  layer.hidden = !isTop;
  const dialog = layer.querySelector(".modal");
  dialog.setAttribute("aria-label", view.title.text);
  dialog.querySelector("h2").textContent = emojis(view.title.text);
  dialog.querySelector(".close").textContent = view.close?.text ?? (depth > 0 ? "Back" : "Cancel");
  const submit = dialog.querySelector(".submit");
  submit.hidden = !view.submit;
  submit.textContent = view.submit?.text ?? "";
  const errors = view.errors ?? {};
  fill(dialog.querySelector(".modal-body"), [
    errors[""] && ["error", errors[""], () => h("p", { class: "modal-error", role: "alert" }, errors[""])],
    ...blockParts(view.blocks, layer.place, errors),
    ["json", view.sent, (drawn) => jsonView(view.sent, drawn)],
  ]);
  return layer;
}

function build(view, context) {
  if (!drafts.has(view.id)) drafts.set(view.id, structuredClone(view.typed ?? {}));
  const draft = drafts.get(view.id);
  const close = () => context.act({ do: "close_view", view: view.id });
  const layer = overlay(
    h("div", { role: "dialog", "aria-modal": "true", class: "modal", data: { view: view.id } },
      h("header", null,
        h("h2"),
        jsonToggle("quiet"),
        h("button", { type: "button", class: "quiet", "aria-label": "Close dialog", onclick: close }, "✕")),
      h("div", { class: "modal-body" }),
      h("footer", null,
        h("span", { class: "by" }, "Quell"),
        h("button", { type: "button", class: "s-button close", onclick: close }),
        h("button", { type: "button", class: "s-button primary submit", onclick: () => send(layer, view.id, draft, context) }))),
  );
  layer.place = placeOf({ view: view.id }, context, draft);
  return layer;
}

async function send(layer, id, draft, context) {
  const footer = layer.querySelector("footer");
  footer.classList.add("busy");
  try {
    await context.act({ do: "submit_view", view: id, values: draft });
  } finally {
    footer.classList.remove("busy");
  }
}
