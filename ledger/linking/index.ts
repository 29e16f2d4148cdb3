export { buildInventory, type InventoryInput } from './inventory.ts'
export { linkNamespace } from './namespace.ts'
export { summarizeSecret } from './summary.ts'
