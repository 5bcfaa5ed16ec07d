// Block Kit's interactive elements as DOM. Choosing or typing tells the place, which knows whether the bot hears of it.

import { h, safeLink } from "./dom.js";
import { toLocal, toSeconds } from "./clock.js";
import { confirmed } from "./dialog.js";
import { emojis, textOf } from "./mrkdwn.js";
import { picker } from "./picker.js";

export function element(one, block, place) {
  const draw = ELEMENTS[one.type];
  if (!draw) return h("em", { class: "unknown" }, `[${one.type}]`);
  const cell = {
    first: place.draft?.[block.block_id]?.[one.action_id],
    // `shown` is what the person put in; `given` is how the deed names it when the bot hears of it.
    async set(shown, given) {
      place.remember(block.block_id, one.action_id, shown);
      if (place.isSilent) return;
      if (one.confirm && !(await confirmed(one.confirm, place.root()))) return;
      await place.press({ block_id: block.block_id, action_id: one.action_id, element: one, ...given });
    },
    suggest: (value) => place.suggest({ block_id: block.block_id, action_id: one.action_id, value }),
    people: place.people,
  };
  const node = draw(one, cell, place);
  node.dataset.action = one.action_id ?? "";
  return node;
}

const ELEMENTS = {
  button,
  workflow_button: button,
  overflow: (one, cell) => picker({ label: "⋯", title: "More actions", isMenu: true, choices: choicesOf(one), chosen: (choice) => cell.set(null, { selected_option: choice.option }) }),
  static_select: (one, cell) => select(one, cell, { choices: choicesOf(one) }),
  external_select: (one, cell) => select(one, cell, { search: searcher(one, cell), least: one.min_query_length ?? 3 }),
  users_select: (one, cell) => select(one, cell, { choices: peopleChoices(cell), field: "selected_user" }),
  multi_static_select: (one, cell) => select(one, cell, { choices: choicesOf(one), isMulti: true }),
  multi_external_select: (one, cell) => select(one, cell, { search: searcher(one, cell), least: one.min_query_length ?? 3, isMulti: true }),
  multi_users_select: (one, cell) => select(one, cell, { choices: peopleChoices(cell), field: "selected_users", isMulti: true }),
  radio_buttons: (one, cell) => ticks(one, cell, "radio"),
  checkboxes: (one, cell) => ticks(one, cell, "checkbox"),
  datepicker: (one, cell) => typed("date", one.initial_date, one, cell, (value) => ({ selected_date: value })),
  timepicker: (one, cell) => typed("time", one.initial_time, one, cell, (value) => ({ selected_time: value })),
  datetimepicker,
  plain_text_input: text,
  number_input: (one, cell) => typed(one.is_decimal_allowed ? "text" : "number", one.initial_value, one, cell, (value) => ({ value })),
  email_text_input: (one, cell) => typed("email", one.initial_value, one, cell, (value) => ({ value })),
  url_text_input: (one, cell) => typed("url", one.initial_value, one, cell, (value) => ({ value })),
};

function button(one, cell) {
  const node = h("button", {
    type: "button",
    class: `s-button ${one.style ?? ""}`,
    "aria-label": one.accessibility_label,
    async onclick() {
      if (one.url) window.open(safeLink(one.url), "_blank", "noreferrer");
      node.classList.add("busy");
      await cell.set(null, one.value === undefined ? {} : { value: one.value });
      node.classList.remove("busy");
    },
  }, emojis(one.text.text));
  return node;
}

function select(one, cell, { choices = [], search = null, least = 0, field = null, isMulti = false }) {
  const name = field ?? (isMulti ? "selected_options" : "selected_option");
  const raw = (choice) => choice.option ?? choice.value;
  const first = cell.first ?? one[`initial_${name.replace("selected_", "")}`];
  const firsts = (Array.isArray(first) ? first : [first]).filter(Boolean).map((value) => asChoice(value, choices));
  return picker({
    placeholder: one.placeholder?.text ?? "Select an item", choices, search, least, isMulti, firsts,
    chosen(picked) {
      const value = isMulti ? picked.map(raw) : raw(picked);
      return cell.set(value, { [name]: value });
    },
  });
}

const asChoice = (value, choices) =>
  typeof value === "object" ? optionChoice(value) : choices.find((choice) => choice.value === value) ?? { label: value, value };

const optionChoice = (option) => ({ label: emojis(option.text.text), note: option.description?.text, value: option.value, option });

function choicesOf(one) {
  if (!one.option_groups) return (one.options ?? []).map(optionChoice);
  return one.option_groups.flatMap((group) => [{ heading: group.label.text }, ...group.options.map(optionChoice)]);
}

const peopleChoices = (cell) => [...cell.people].filter(([id]) => id.startsWith("UPLAY")).map(([value, label]) => ({ value, label }));

function searcher(one, cell) {
  return async (words) => choicesOf(await cell.suggest(words));
}

function ticks(one, cell, type) {
  const single = type === "radio";
  const first = cell.first ?? (single ? one.initial_option : one.initial_options);
  const isOn = (option) => [first].flat().some((chosen) => (chosen?.value ?? chosen) === option.value);
  const group = h("div", { class: "s-ticks", role: single ? "radiogroup" : "group" });
  const name = crypto.randomUUID();
  const changed = () => {
    const on = one.options.filter((_, index) => group.querySelectorAll("input")[index].checked);
    if (single) cell.set(on[0], { selected_option: on[0] });
    else cell.set(on, { selected_options: on });
  };
  for (const option of one.options) {
    const note = option.description ? h("small", null, textOf(option.description, cell.people)) : null;
    group.append(h("label", null, h("input", { type, name, checked: isOn(option), onchange: changed }), h("span", null, textOf(option.text, cell.people), note)));
  }
  return group;
}

function typed(type, initial, one, cell, given) {
  return h("input", {
    type, class: "s-field", value: cell.first ?? initial ?? "", placeholder: one.placeholder?.text,
    onchange: (event) => cell.set(event.target.value, given(event.target.value)),
  });
}

function datetimepicker(one, cell) {
  const first = cell.first ?? one.initial_date_time;
  return h("input", {
    type: "datetime-local", class: "s-field", value: first ? toLocal(first) : "",
    onchange(event) {
      const seconds = event.target.value ? toSeconds(event.target.value) : null;
      cell.set(seconds, { selected_date_time: seconds });
    },
  });
}

function text(one, cell) {
  const common = {
    class: "s-field", value: cell.first ?? one.initial_value ?? "", placeholder: one.placeholder?.text,
    onchange: (event) => cell.set(event.target.value, { value: event.target.value }),
  };
  return one.multiline ? h("textarea", { ...common, rows: 4 }) : h("input", { ...common, type: "text" });
}
