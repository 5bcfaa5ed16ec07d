// Adaptive Cards, drawn by Microsoft's own library; this file only tells it what Teams looks like and what a press does.

import { carryOver } from "./carry.js";
import { cardDate, hour } from "./clock.js";
import { h, safeLink } from "./dom.js";
import { markdownHtml } from "./markdown.js";
import { released } from "./press.js";

const SIZES = { small: 12, default: 14, medium: 15, large: 18, extraLarge: 24 };
const WEIGHTS = { lighter: 300, default: 400, bolder: 600 };
const colour = (base) => ({ default: base, subtle: base });

const HOST = {
  fontTypes: {
    default: { fontFamily: "var(--font)", fontSizes: SIZES, fontWeights: WEIGHTS },
    monospace: { fontFamily: "var(--mono)", fontSizes: SIZES, fontWeights: WEIGHTS },
  },
  spacing: { small: 6, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
  separator: { lineThickness: 1, lineColor: "#e1e1e1" },
  supportsInteractivity: true,
  containerStyles: {
    default: {
      backgroundColor: "#ffffff",
      foregroundColors: {
        default: { default: "#242424", subtle: "#616161" },
        accent: colour("#4f52b2"), good: colour("#0b6a0b"), warning: colour("#8a5a00"), attention: colour("#b10e1c"),
        dark: colour("#242424"), light: colour("#ffffff"),
      },
    },
    emphasis: {
      backgroundColor: "#f5f5f5",
      foregroundColors: {
        default: { default: "#242424", subtle: "#616161" },
        accent: colour("#4f52b2"), good: colour("#0b6a0b"), warning: colour("#8a5a00"), attention: colour("#b10e1c"),
      },
    },
    good: { backgroundColor: "#e7f2e7" }, warning: { backgroundColor: "#fbf1dd" },
    attention: { backgroundColor: "#fbe9ea" }, accent: { backgroundColor: "#ecedf8" },
  },
  inputs: { allowDynamicallyFilteredChoiceSet: true, debounceTimeInMilliSeconds: 150, label: { inputSpacing: "small", requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" }, optionalInputs: { weight: "bolder" } } },
  actions: {
    maxActions: 6, spacing: "medium", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left",
    showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" },
  },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 140 }, value: { wrap: true }, spacing: 12 },
};

// Draws a card; `does` has run(action, inputs) and search(dataset, text). What a person has unfolded and typed in the card
// that stood there before goes over into it.
export function drawCard(json, does, old) {
  const library = window.AdaptiveCards;
  if (!library) return h("p", { class: "missing" }, "Adaptive Cards need their library: run make setup.");
  library.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdownHtml(text);
    result.didProcess = true;
  };
  const card = new library.AdaptiveCard();
  card.hostConfig = new library.HostConfig(HOST);
  card.onExecuteAction = (action) => execute(action, does, library, node);
  card.onInputValueChanged = (input) => typeahead(input, does, library);
  card.onInlineCardExpanded = (action, isOpen) => isOpen && action.card.renderedElement?.scrollIntoView({ block: "nearest" });
  card.parse(asShown(json, json.msteams?.entities), new library.SerializationContext(library.Versions.v1_6));
  const node = h("div", { class: "card" }, card.render());
  node.drawn = card;
  for (const type of ["input", "change", "click"]) node.addEventListener(type, () => (node.isSent = false), true);
  node.querySelectorAll(".ac-choiceSetInput-filtered-container").forEach(nameField);
  keepPress(node);
  if (old?.drawn && !old.isSent) carryOver(old, node);
  return node;
}

const CHOICE = ".ac-choiceSetInput-choice";

// The library draws a list's rows anew some time after a key was hit, also under a finger: then the row with the same words
// is the one that was pressed.
function keepPress(node) {
  let pressed = null;
  node.addEventListener("pointerdown", (event) => (pressed = event.target.closest(CHOICE)));
  node.addEventListener("pointerup", () => {
    if (!pressed || pressed.isConnected) return;
    [...node.querySelectorAll(CHOICE)].find((one) => one.textContent === pressed.textContent)?.click();
  });
}

// The library gives a typeahead's label to the box around the field.
function nameField(box) {
  const field = box.querySelector("input");
  field.setAttribute("role", "combobox");
  if (!box.hasAttribute("aria-labelledby")) return;
  field.setAttribute("aria-labelledby", box.getAttribute("aria-labelledby"));
  box.removeAttribute("aria-labelledby");
}

// What was put into the card goes along; of cards that unfold only the one that was pressed in.
function execute(action, does, library, node) {
  if (action instanceof library.OpenUrlAction) return window.open(safeLink(action.getHref()), "_blank", "noreferrer");
  const inputs = {};
  for (const input of Object.values(action.getReferencedInputs())) if (input.value !== undefined) inputs[input.id] = String(input.value);
  node.isSent = true; // what it held has gone out; the card that answers begins anew
  return does.run(action.toJSON(), inputs);
}

// The library shows what it is given but submits a fetched choice's title; known choices it submits by value, so
// what the bot answered is made known to it.
async function typeahead(input, does, library) {
  if (!input.isDynamicTypeahead?.()) return;
  const words = input.getFilterForDynamicSearch() ?? "";
  nameRows(input.getDropdownElement());
  if (input.choices.some((choice) => choice.title === words)) return;
  input.showLoadingIndicator();
  const found = await does.search(input.choicesData.dataset, words);
  await released();
  input.removeLoadingIndicator();
  for (const { title, value } of found) {
    if (!input.choices.some((choice) => choice.value === value)) input.choices.push(new library.Choice(title, value));
  }
  input.renderChoices(words, []);
  nameRows(input.getDropdownElement());
}

// The library draws rows without saying what they are; what it draws at once are those that it knows from before.
function nameRows(list) {
  list.setAttribute("role", "listbox");
  for (const row of list.querySelectorAll(CHOICE)) row.setAttribute("role", "option");
}

// Two things that Teams does to a card's texts: what its entities name is a mention, and times are those of the reader's
// zone (the library would take the browser's).
function asShown(part, entities) {
  if (typeof part === "string") return mentioned(part, entities).replace(/\{\{(DATE|TIME)\(([\dT:+Z-]+)(?:, ?(\w+))?\)\}\}/g, timed);
  if (Array.isArray(part)) return part.map((one) => asShown(one, entities));
  if (part && typeof part === "object") return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, key === "data" ? value : asShown(value, entities)]));
  return part;
}

// Markdown in which `<at>Name</at>` stands out where an entity says whom it means; elsewhere it stays text.
export function mentioned(text, entities) {
  const known = (entities ?? []).filter((one) => one.type === "mention");
  return known.reduce((shown, one) => shown.replaceAll(one.text, `**@${one.mentioned.name}**`), text);
}

function timed(whole, kind, written, length) {
  const seconds = Date.parse(written) / 1000;
  if (Number.isNaN(seconds)) return whole;
  return kind === "TIME" ? hour(seconds) : cardDate(seconds, length);
}
