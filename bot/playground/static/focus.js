// Where the keyboard is stays where it is, also when the control it is in was drawn anew.

const HOLDERS = "[data-message], [data-view], [data-dialog]";

// Remembers the focused control; the answer puts the focus, and the cursor, into the same one or its successor.
export function keepFocus() {
  const node = document.activeElement;
  if (!node || node === document.body) return () => {};
  const holder = node.closest(HOLDERS);
  const name = nameOf(node);
  const cursor = cursorOf(node);
  return () => {
    if (document.activeElement === node) return;
    const same = [...(holder?.querySelectorAll(node.tagName) ?? [])];
    const next = document.contains(node) ? node : same.find((one) => nameOf(one) === name);
    next?.focus({ preventScroll: true });
    if (next && cursor) next.setSelectionRange(...cursor);
  };
}

// Numbers, dates and boxes have no cursor to read.
function cursorOf(node) {
  return node.matches("textarea, input[type='text']") ? [node.selectionStart, node.selectionEnd, node.selectionDirection] : null;
}

function nameOf(node) {
  const labels = [...(node.labels ?? [])].map((one) => one.textContent).join(" ");
  return `${node.type} ${node.dataset.action || labels || labelledBy(node) || node.getAttribute("aria-label") || node.textContent}`;
}

// The card library draws its ids at random; the words behind them stay.
function labelledBy(node) {
  const ids = (node.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
  return ids.map((id) => document.getElementById(id)?.textContent).join(" ");
}
