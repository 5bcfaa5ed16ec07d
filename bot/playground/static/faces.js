// Small pictures of people and of the bot: initials on a colour.

import { h } from "./dom.js";

const COLOURS = { UPLAY1: "#b4532a", UPLAY2: "#3b6fb6", UPLAY3: "#7a4fa3", USLACKBOT: "#6b7280" };

export function face(id, name) {
  if (id === "quell") return h("img", { class: "face", src: "static/quell.svg", alt: "" });
  const initials = name.split(" ").map((word) => word[0]).join("").slice(0, 2);
  const node = h("span", { class: "face", "aria-hidden": "true" }, initials);
  node.style.background = COLOURS[id] ?? "#6b7280";
  return node;
}
