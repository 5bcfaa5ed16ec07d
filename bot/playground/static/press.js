// Nothing is drawn anew under a finger. A control that is replaced between the press and its release never hears of the
// click, so everything that draws waits until the finger is up again: it asks here.

const LATER = 300; // milliseconds until a tap, whose click comes after its release, counts as none
const waiting = new Set();
let isDown = false;
let timer = null;

// Draws now, or when the press that is going on has ended; what waits already does not wait twice.
export function whenReleased(draw) {
  if (isDown) waiting.add(draw);
  else draw();
}

export const released = () => new Promise(whenReleased);

function down() {
  clearTimeout(timer);
  isDown = true;
}

function up(delay = 0) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

function flush() {
  isDown = false;
  const draws = [...waiting];
  waiting.clear();
  draws.forEach((draw) => draw());
}

// The click itself may draw at once; what waited comes after everybody has heard of the click.
function clicked() {
  isDown = false;
  up();
}

const isPress = (event) => event.isPrimary && event.button === 0 && !event.target.closest?.("select"); // its list takes the release
const isSpace = (event) => event.key === " " && event.target.matches?.("button, summary, input[type='checkbox'], input[type='radio']");

const ON = {
  pointerdown: (event) => isPress(event) && down(),
  pointerup: (event) => up(event.pointerType === "touch" ? LATER : 0),
  pointermove: (event) => isDown && event.pointerType === "mouse" && !event.buttons && up(), // it was released outside
  pointercancel: () => up(),
  contextmenu: () => up(),
  dragstart: () => up(),
  keydown: (event) => isSpace(event) && down(),
  keyup: (event) => event.key === " " && up(),
  click: clicked,
  blur: (event) => event.target === window && up(),
};
for (const [type, handle] of Object.entries(ON)) addEventListener(type, handle, { capture: true, passive: true });
