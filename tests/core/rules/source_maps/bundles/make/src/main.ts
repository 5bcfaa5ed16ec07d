import { Cart, payWith } from "./cart/total";
import { retry } from "tiny-retry";

function submitOrder(): void {
  const cart = new Cart().add({ price: 3, title: "Tea" });
  retry(() => console.log(payWith(cart, undefined)), 1);
}

export function start(): void {
  try {
    submitOrder();
  } catch (error) {
    (globalThis as any).caught = error;
  }
}

start();
