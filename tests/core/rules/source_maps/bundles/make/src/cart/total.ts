export interface Item { price: number; title: string }

// Each 😀 in front of the fault takes two UTF-16 units.
export class Cart {
  private items: Item[] = [];

  add(item: Item): this { this.items.push(item); return this; }

  checkout(coupon?: { discount: number }): number {
    console.info("😀😀", this.items.length);
    return this.items.reduce((left, item) => left + item.price, 0) * coupon!.discount;
  }
}

export const payWith = (cart: Cart, coupon?: { discount: number }): number => {
  const paid = cart.checkout(coupon);
  return Math.round(paid);
};
