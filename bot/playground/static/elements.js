// Block Kit's interactive elements as DOM. Choosing or typing tells the place, which knows whether the bot hears of it.

import { h, into, safeLink } from "./dom.js";
import { toLocal, toSeconds } from "./clock.js";
import { confirmed } from "./dialog.js";
import { emojis, textOf } from "./mrkdwn.js";
import { picker } from "./picker.js";

const FILLED_IN = /^(radio_buttons|checkboxes|.*picker|.*_input)$/;

// Whether it holds what a person put in, without a menu.
export const isFilledIn = (one) => FILLED_IN.test(one.type);

// Draws one. A button or menu drawn before stays and is brought up to date; a field is made anew with what was put in.
export function element(one, block, place, old) {
  const draw = ELEMENTS[one.type];
  if (!draw) return h("em", { class: "unknown" }, `[${one.type}]`);
  const remember = (shown) => place.remember(block.block_id, one.action_id, shown);
  const cell = {
    first: place.draft?.[block.block_id]?.[one.action_id],
    remember,
    // `shown` is what the person put in; `given` is how the deed names it when the bot hears of it.
    async set(shown, given) {
      remember(shown);
      if (place.isSilent) return;
      if (one.confirm && !(await confirmed(one.confirm, place.root()))) return;
      await place.press({ block_id: block.block_id, action_id: one.action_id, element: one, ...given });
    },
    suggest: (value) => place.suggest({ block_id: block.block_id, action_id: one.action_id, element: one, value }),
    people: place.people,
  };
  const node = draw(one, cell, old);
  node.dataset.action = one.action_id ?? "";
  return node;
}

const ELEMENTS = {
  button,
  workflow_button: button,
  overflow,
  static_select: (one, cell, old) => select(one, cell, { choices: choicesOf(one) }, old),
  external_select: (one, cell, old) => select(one, cell, searched(one, cell), old),
  users_select: (one, cell, old) => select(one, cell, { choices: peopleChoices(cell), field: "selected_user" }, old),
  multi_static_select: (one, cell, old) => select(one, cell, { choices: choicesOf(one), isMulti: true }, old),
  multi_external_select: (one, cell, old) => select(one, cell, { ...searched(one, cell), isMulti: true }, old),
  multi_users_select: (one, cell, old) => select(one, cell, { choices: peopleChoices(cell), field: "selected_users", isMulti: true }, old),
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

function button(one, cell, old) {
  return into(old, h("button", {
    type: "button",
    class: `s-button ${one.style ?? ""}`,
    "aria-label": one.accessibility_label,
    async onclick({ currentTarget: node }) {
      if (one.url) window.open(safeLink(one.url), "_blank", "noreferrer");
      node.classList.add("busy");
      try {
        await cell.set(null, one.value === undefined ? {} : { value: one.value });
      } finally {
        node.classList.remove("busy");
      }
    },
  }, emojis(one.text.text)));
}

function overflow(one, cell, old) {
  const chosen = (choice) => cell.set(null, { selected_option: choice.option });
  return picker({ label: "⋯", title: "More actions", isMenu: true, choices: choicesOf(one), chosen }, old);
}

function select(one, cell, { choices = [], search = null, least = 0, field = null, isMulti = false }, old) {
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
  }, old);
}

const asChoice = (value, choices) =>
  typeof value === "object" ? optionChoice(value) : choices.find((choice) => choice.value === value) ?? { label: value, value };

const optionChoice = (option) => ({ label: emojis(option.text.text), note: option.description?.text, value: option.value, option });

function choicesOf(one) {
  if (!one.option_groups) return (one.options ?? []).map(optionChoice);
  return one.option_groups.flatMap((group) => [{ heading: group.label.text }, ...group.options.map(optionChoice)]);
}

const peopleChoices = (cell) => [...cell.people].filter(([id]) => id.startsWith("UPLAY")).map(([value, label]) => ({ value, label }));

function searched(one, cell) {
  return { search: async (words) => choicesOf(await cell.suggest(words)), least: one.min_query_length ?? 3 };
}

function ticks(one, cell, type) {
  const single = type === "radio";
  const first = [cell.first ?? (single ? one.initial_option : one.initial_options)].flat();
  const isOn = (option) => first.some((chosen) => (chosen?.value ?? chosen) === option.value);
  const group = h("div", { class: "s-ticks", role: single ? "radiogroup" : "group" });
  const name = crypto.randomUUID();
  const changed = () => {
    const on = one.options.filter((_, index) => group.querySelectorAll("input")[index].checked);
    if (single) cell.set(on[0], { selected_option: on[0] });
    else cell.set(on, { selected_options: on });
  };
  if (cell.first && !single) cell.remember(one.options.filter(isOn)); // what is no longer offered is no longer ticked
  for (const option of one.options) {
    const note = option.description ? h("small", null, textOf(option.description, cell.people)) : null;
    group.append(h("label", null, h("input", { type, name, checked: isOn(option), onchange: changed }), h("span", null, textOf(option.text, cell.people), note)));
  }
  return group;
}

// What is being typed is remembered at each key; the bot hears of it when the field is left.
function field(tag, props, cell, valueOf, given) {
  const value = (event) => valueOf(event.target.value);
  return h(tag, {
    class: "s-field", ...props,
    oninput: (event) => cell.remember(value(event)),
    onchange: (event) => cell.set(value(event), given(value(event))),
  });
}

const asTyped = (value) => value;

function typed(type, initial, one, cell, given) {
  return field("input", { type, value: cell.first ?? initial ?? "", placeholder: one.placeholder?.text }, cell, asTyped, given);
}

function datetimepicker(one, cell) {
  const first = cell.first ?? one.initial_date_time;
  const seconds = (value) => (value ? toSeconds(value) : null);
  return field("input", { type: "datetime-local", value: first ? toLocal(first) : "" }, cell, seconds, (value) => ({ selected_date_time: value }));
}

function text(one, cell) {
  const props = { value: cell.first ?? one.initial_value ?? "", placeholder: one.placeholder?.text };
  const kind = one.multiline ? ["textarea", { ...props, rows: 4 }] : ["input", { ...props, type: "text" }];
  return field(...kind, cell, asTyped, (value) => ({ value }));
}
