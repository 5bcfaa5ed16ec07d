// Dialogs over one pane: modals, confirmations.

import { h } from "./dom.js";

export function overlay(content, className = "") {
  return h("div", { class: `overlay ${className}` }, content);
}

// Slack's confirmation; resolves to what the person chose.
export function confirmed(confirm, root) {
  return new Promise((resolve) => {
    const end = (answer) => {
      layer.remove();
      resolve(answer);
    };
    const layer = overlay(
      h("div", { role: "dialog", "aria-modal": "true", "aria-label": confirm.title?.text ?? "Are you sure?", class: "modal confirm" },
        h("header", null, h("h2", null, confirm.title?.text ?? "Are you sure?")),
        h("div", { class: "modal-body" }, confirm.text?.text ?? ""),
        h("footer", null,
          h("button", { type: "button", class: "s-button", onclick: () => end(false) }, confirm.deny?.text ?? "Cancel"),
          h("button", { type: "button", class: `s-button ${confirm.style ?? "primary"}`, onclick: () => end(true) }, confirm.confirm?.text ?? "Yes"))),
    );
    root.append(layer);
    layer.querySelector("footer button:last-child").focus();
  });
}
