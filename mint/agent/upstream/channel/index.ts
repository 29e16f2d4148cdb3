export { openChannel, type CallOptions, type Channel } from './channel.ts'
export type { ChannelSecurity } from './dial.ts'
