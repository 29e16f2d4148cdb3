export { CONNECTION_HEADER, listenOnSocket, type ListenOptions, type LocalConnection, type SocketListener } from './listener.ts'
export { SocketFileError } from './socket-file.ts'
