// A card that was drawn anew goes on where the one before it was: what was unfolded is unfolded, what was typed stands there.
// The card library draws whole cards only, so this goes over by what people see: the words of buttons and the names of inputs.

const UNFOLDED = ".ac-pushButton[aria-expanded='true']";
const OPEN_LIST = ".ac-choiceSetInput-filtered-dropdown-open";

export function carryOver(from, to) {
  for (const button of from.querySelectorAll(UNFOLDED)) {
    const same = [...to.querySelectorAll(".ac-pushButton[aria-expanded]")].find((one) => one.textContent === button.textContent);
    same?.click();
  }
  const inputs = new Map(to.drawn.getAllInputs().map((input) => [input.id, input]));
  for (const input of from.drawn.getAllInputs()) {
    const next = inputs.get(input.id);
    if (input.isDirty() && next?.renderedElement && next.getJsonTypeName() === input.getJsonTypeName()) copy(input, next);
  }
}

function copy(input, next) {
  for (const choice of input.choices ?? []) {
    if (input.isDynamicTypeahead() && !next.choices.some((one) => one.value === choice.value)) next.choices.push(choice);
  }
  const controls = [...controlsOf(next)];
  for (const [index, old] of [...controlsOf(input)].entries()) {
    if (old.matches("[type='checkbox'], [type='radio']")) tick(old, controls);
    else if (controls[index] && canHold(controls[index], old.value)) controls[index].value = old.value;
  }
  if (input.renderedElement.querySelector(OPEN_LIST)) controls[0].dispatchEvent(new Event("input")); // it looks again
}

const controlsOf = (input) => input.renderedElement.querySelectorAll("input, select, textarea");

function tick(old, controls) {
  const same = controls.find((one) => one.type === old.type && one.value === old.value);
  if (same) same.checked = old.checked;
}

const canHold = (control, value) => control.tagName !== "SELECT" || [...control.options].some((option) => option.value === value);
