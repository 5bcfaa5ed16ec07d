// A drop-down list with typing: selects, typeaheads and overflow menus all look and work alike.

import { h } from "./dom.js";

export function picker({ label, title, placeholder = "", choices = [], search = null, least = 0, isMulti = false, isMenu = false, firsts = [], chosen }) {
  let picked = [...firsts];
  const face = h("button", {
    type: "button", class: isMenu ? "s-button s-more" : "s-select", "aria-haspopup": "listbox", "aria-expanded": "false", title, "aria-label": title,
    onclick: () => (popup.isConnected ? close() : open()),
  });
  const box = h("div", { class: "s-picker" }, face);
  const list = h("div", { role: "listbox", class: "s-list" });
  const field = h("input", { type: "text", class: "s-search", role: "searchbox", "aria-label": "Search", placeholder: search ? "Type to search…" : "Filter…", oninput: () => refresh(), onkeydown: keys });
  const popup = h("div", { class: "s-popup" }, isMenu || (!search && choices.length < 6) ? null : field, list);
  drawFace();
  return box;

  function drawFace() {
    const words = picked.map((choice) => choice.label).join(", ");
    face.replaceChildren(label ?? h("span", { class: words ? "" : "placeholder" }, words || placeholder));
    box.dataset.value = picked.map((choice) => choice.value).join(",");
  }

  function open() {
    document.querySelectorAll(".s-popup").forEach((other) => other.remove());
    box.append(popup);
    face.setAttribute("aria-expanded", "true");
    field.value = "";
    refresh();
    if (field.isConnected) field.focus();
    place();
    addEventListener("scroll", place, true);
    setTimeout(() => document.addEventListener("click", outside));
  }

  function close() {
    popup.remove();
    removeEventListener("scroll", place, true);
    face.setAttribute("aria-expanded", "false");
    document.removeEventListener("click", outside);
  }

  // Fixed to the window, so that no scrolled box cuts it off; above the button where there is more room.
  function place() {
    const { left, top, bottom } = face.getBoundingClientRect();
    const isUp = innerHeight - bottom < 310 && top > innerHeight - bottom;
    const edge = box.closest("section").getBoundingClientRect().right; // the other half would lie over it
    popup.style.left = `${Math.max(8, Math.min(left, edge - popup.offsetWidth - 8))}px`;
    popup.style.top = isUp ? "auto" : `${bottom + 4}px`;
    popup.style.bottom = isUp ? `${innerHeight - top + 4}px` : "auto";
  }

  function outside(event) {
    if (!box.contains(event.target)) close();
  }

  function keys(event) {
    if (event.key === "Escape") close();
    if (event.key === "Enter") list.querySelector("button")?.click();
  }

  async function refresh() {
    const words = field.value.trim();
    if (!search) return show(choices.filter((choice) => choice.heading || choice.label.toLowerCase().includes(words.toLowerCase())));
    if (words.length < least) return note(`Type at least ${least} character${least === 1 ? "" : "s"}`);
    note("Searching…");
    const found = await search(words);
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
      isMulti ? h("span", { class: "s-tick" }, isOn ? "☑" : "☐") : null,
      h("span", null, choice.label, choice.note ? h("small", null, choice.note) : null));
  }

  function pick(choice) {
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
