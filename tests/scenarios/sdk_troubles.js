// What goes wrong in the programs that the SDKs for Node and for browsers watch. Each of them has put its SDK into the global `Sentry`.
"use strict";

class EmptyBasket extends Error {
  name = "EmptyBasket";
}

class CheckoutFailed extends Error {
  name = "CheckoutFailed";
}

function price(basket) {
  throw new EmptyBasket(`basket ${basket} is empty`);
}

function checkout(basket) {
  try {
    price(basket);
  } catch (error) {
    throw new CheckoutFailed(`order ${basket} failed`, { cause: error });
  }
}

function report(basket, fingerprint) {
  try {
    checkout(basket);
  } catch (error) {
    Sentry.captureException(error, { fingerprint });
  }
}

// A function of its own: a page's stack tells no lines of code, only functions.
function dry() {
  Sentry.captureMessage("dry again");
}

function later(seconds = 0) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

globalThis.troubles = {
  async crash() {
    Sentry.addBreadcrumb({ category: "shop", message: "basket was opened" });
    for (const basket of [7, 8]) report(basket);
  },

  async uncaught() {
    setTimeout(() => checkout(7));
    await later();
  },

  async rejected() {
    (async () => checkout(7))();
    await later();
  },

  async say() {
    // From one line: these SDKs send the stack with a message, and it counts for what is the same.
    for (const seconds of [2, 13]) Sentry.captureMessage(`search took ${seconds} s`, "warning");
  },

  async group() {
    for (const customer of ["gold", "silver", "gold"]) report(7, ["{{ default }}", customer]);
    Sentry.captureMessage("the cellar is wet", { fingerprint: ["cellar"] });
    Sentry.captureMessage("the cellar is dark", { fingerprint: ["cellar"] });
  },

  async flood(events, seconds) {
    await later();
    for (let number = 1; number <= events; number++) {
      Sentry.captureMessage(`drop ${number}`);
      await Sentry.flush(5000);
    }
    await later(seconds);
    dry();
  },
};
