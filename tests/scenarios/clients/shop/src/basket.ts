export interface Basket {
  lines: number[];
}

export function checkout(basket: Basket): number {
  const total = basket.lines.reduce((sum, line) => sum + line, 0);
  if (total === 0) {
    throw new Error("there is nothing in the basket");
  }
  return total;
}
