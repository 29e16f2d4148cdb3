/**
 * Reads JSON that this store has written itself, from values that were checked at the door. Checking a million bodies again would cost
 * more than everything else that publishing does, so the caller names the shape that he wrote.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape, as the comment says
export function readBody<Shape>(text: string): Shape {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only place where stored JSON becomes a shape again; see above
  return JSON.parse(text) as Shape
}
