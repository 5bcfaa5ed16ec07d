// A drop-down list with typing: selects, typeaheads and overflow menus all look and work alike. One is open at a time.

import { h } from "./dom.js";
import { released } from "./press.js";

const TALLEST = 310; // pixels a menu may take
const GAP = 4;
const EDGE = 8;
let opened = null;

// Puts the open menu back beside its button, after whatever may have moved that.
export const placeMenu = () => opened?.place();
addEventListener("scroll", placeMenu, true);
addEventListener("resize", placeMenu);
addEventListener("click", (event) => opened && !event.composedPath().includes(opened.box) && opened.close(), true); // cards keep theirs from rising

// Draws one, or brings one up to date that was drawn before. While its menu is open it stays what it is: a person chooses
// from what they see.
export function picker(given, old) {
  const box = old ?? build();
  box.give(given);
  return box;
}

function build() {
  let given = {};
  let waiting = null; // what it is to become when its menu is closed
  let picked = [];
  let isUp = false;
  const face = h("button", { type: "button", "aria-haspopup": "listbox", "aria-expanded": "false", onclick: () => (opened?.box === box ? close() : open()) });
  const box = h("div", { class: "s-picker" }, face);
  const list = h("div", { role: "listbox", class: "s-list" });
  const field = h("input", { type: "text", class: "s-search", role: "searchbox", "aria-label": "Search", oninput: () => refresh(), onkeydown: keys });
  const popup = h("div", { class: "s-popup", popover: "manual" }, field, list);
  box.give = (next) => (opened?.box === box ? (waiting = next) : take(next));
  return box;

  function take(next) {
    given = next;
    picked = [...(given.firsts ?? [])];
    face.className = given.isMenu ? "s-button s-more" : "s-select";
    if (given.title) for (const name of ["title", "aria-label"]) face.setAttribute(name, given.title);
    field.hidden = Boolean(given.isMenu || (!given.search && given.choices.length < 6));
    field.placeholder = given.search ? "Type to search…" : "Filter…";
    drawFace();
  }

  function drawFace() {
    const words = picked.map((choice) => choice.label).join(", ");
    face.replaceChildren(given.label ?? h("span", { class: words ? "" : "placeholder" }, words || given.placeholder));
    box.dataset.value = picked.map((choice) => choice.value).join(",");
  }

  function open() {
    opened?.close();
    opened = { box, close, place };
    box.append(popup);
    popup.showPopover(); // above everything, whatever cuts off or covers the box it belongs to
    face.setAttribute("aria-expanded", "true");
    field.value = "";
    const { above, below } = room();
    isUp = below < TALLEST && above > below;
    refresh();
    place();
    if (!field.hidden) field.focus({ preventScroll: true });
  }

  function close() {
    if (opened?.box === box) opened = null;
    popup.remove();
    face.setAttribute("aria-expanded", "false");
    if (waiting) take(waiting);
    waiting = null;
  }

  // Below the button there is room to the end of what is seen of its list, page or dialog, so that no composer is covered.
  function room() {
    const seen = box.closest(".scroller, .home, section").getBoundingClientRect();
    const { top, bottom } = face.getBoundingClientRect();
    return { above: top - GAP - EDGE, below: Math.min(innerHeight, seen.bottom) - bottom - GAP - EDGE };
  }

  function place() {
    if (!box.isConnected) return close();
    const { left, top, bottom } = face.getBoundingClientRect();
    const { above, below } = room();
    const edge = Math.min(innerWidth, box.closest("section").getBoundingClientRect().right); // the other half is not ours
    popup.style.maxHeight = `${Math.max(TALLEST / 2, isUp ? above : below)}px`;
    popup.style.left = `${Math.max(EDGE, Math.min(left, edge - popup.offsetWidth - EDGE))}px`;
    popup.style.top = isUp ? "auto" : `${bottom + GAP}px`;
    popup.style.bottom = isUp ? `${innerHeight - top + GAP}px` : "auto";
  }

  function keys(event) {
    if (event.key === "Escape") close();
    if (event.key === "Enter") list.querySelector("button")?.click();
  }

  async function refresh() {
    const words = field.value.trim();
    const { choices, search, least } = given;
    if (!search) return show(choices.filter((choice) => choice.heading || choice.label.toLowerCase().includes(words.toLowerCase())));
    if (words.length < least) return note(`Type at least ${least} character${least === 1 ? "" : "s"}`);
    note("Searching…");
    const found = await search(words);
    await released();
    if (field.value.trim() === words) show(found);
  }

  function show(found) {
    if (!found.some((choice) => !choice.heading)) return note("No results");
    list.replaceChildren(...found.map(row));
  }

  function note(words) {
    list.replaceChildren(h("div", { class: "s-note" }, words));
  }

  function row(choice) {
    if (choice.heading) return h("div", { class: "s-heading" }, choice.heading);
    const isOn = picked.some((one) => one.value === choice.value);
    return h("button", { type: "button", role: "option", "aria-selected": String(isOn), onclick: () => pick(choice) },
      given.isMulti ? h("span", { class: "s-tick" }, isOn ? "☑" : "☐") : null,
      h("span", null, choice.label, choice.note ? h("small", null, choice.note) : null));
  }

  function pick(choice) {
    const { chosen, isMulti, isMenu } = given;
    if (isMulti) {
      const rest = picked.filter((one) => one.value !== choice.value);
      picked = rest.length < picked.length ? rest : [...picked, choice];
      drawFace();
      refresh();
      return chosen(picked);
    }
    if (!isMenu) picked = [choice];
    drawFace();
    close();
    return chosen(choice);
  }
}
