export { DEFAULT_FRONT_LIMITS, type FrontLimits } from './limits.ts'
export { CONNECTION_HEADER, listenOnSocket, type FrontLog, type ListenOptions, type LocalConnection, type SocketListener } from './listener.ts'
export { SocketFileError } from './socket-file.ts'
