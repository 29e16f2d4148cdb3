import {
  Metadata,
  type sendUnaryData,
  type ServiceDefinition,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { agentApi, serviceDefinition } from '@mintmark/contract/grpc'
import { CallError, CODES } from '../failure.ts'
import { describeBug, type ServerLog } from '../log.ts'
import type { JwtAnswer, X509Answer } from '../issuance/answer.ts'
import { readJwtRequest, readX509Request, writeJwtResponse, writeX509Response } from './codec.ts'
import type { AgentService } from '../service.ts'
import type { Caller } from '../sessions/sessions.ts'

/** Messages that a watching agent may leave unread. */
const UNREAD_MESSAGES_MAX = 64
const BEARER = /^Bearer ([\w.-]+)$/i

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'metadata' | 'getPeer'>

type X509Batch = ReturnType<typeof readX509Request>
type JwtBatch = ReturnType<typeof readJwtRequest>

/** AgentService as grpc-js wants it, with batches read and written by hand. */
export function agentServiceDefinition(): ServiceDefinition {
  const definition = serviceDefinition(agentApi.AgentService)
  const { issueX509, issueJwt } = definition
  if (issueX509 === undefined || issueJwt === undefined) throw new RangeError('The contract of agents has lost its methods')
  return {
    ...definition,
    issueX509: { ...issueX509, requestDeserialize: readX509Request, responseSerialize: writeX509Response },
    issueJwt: { ...issueJwt, requestDeserialize: readJwtRequest, responseSerialize: writeJwtResponse },
  }
}

/** AgentService for grpc-js. Errors that are not {@link CallError} are bugs of ours: logged with their place, INTERNAL to the agent. */
export function createHandlers(service: AgentService, thumbprintOf: (peer: string) => string | undefined, log: ServerLog): UntypedServiceImplementation {
  const callerOf = (call: Call): Caller => {
    const [authorization] = call.metadata.get('authorization')
    return {
      session: typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined,
      certificateThumbprint: thumbprintOf(call.getPeer()),
    }
  }
  const answer = <Response>(callback: sendUnaryData<Response>, work: Promise<Response>): void => void settle(callback, work, log)
  return {
    attest: (call: ServerUnaryCall<agentApi.AttestRequest, agentApi.AttestResponse>, callback: sendUnaryData<agentApi.AttestResponse>) =>
      answer(callback, service.attest(call.request, callerOf(call))),
    issueX509: (call: ServerUnaryCall<X509Batch, readonly X509Answer[]>, callback: sendUnaryData<readonly X509Answer[]>) =>
      answer(callback, service.issueX509Batch(call.request, callerOf(call))),
    issueJwt: (call: ServerUnaryCall<JwtBatch, readonly JwtAnswer[]>, callback: sendUnaryData<readonly JwtAnswer[]>) =>
      answer(callback, service.issueJwtBatch(call.request, callerOf(call))),
    watch: (call: ServerWritableStream<agentApi.WatchRequest, agentApi.WatchResponse>) => {
      const ended = new AbortController()
      call.on('cancelled', () => ended.abort())
      call.on('close', () => ended.abort())
      call.on('error', () => ended.abort())
      const send = (response: agentApi.WatchResponse): void => {
        // Who does not read is not written to for ever: the agent comes again and gets the full state.
        if (call.writableLength > UNREAD_MESSAGES_MAX)
          call.emit('error', { code: CODES.resourceExhausted, details: 'The agent does not read what it watches.' })
        else call.write(response)
      }
      service.watch(callerOf(call), send, ended.signal).then(
        () => call.end(),
        (error: unknown) => call.emit('error', statusOf(error, log)),
      )
    },
  }
}

async function settle<Response>(callback: sendUnaryData<Response>, work: Promise<Response>, log: ServerLog): Promise<void> {
  let response: Response
  try {
    response = await work
  } catch (error) {
    callback(statusOf(error, log))
    return
  }
  callback(null, response)
}

function statusOf(error: unknown, log: ServerLog): { readonly code: number; readonly details: string; readonly metadata: Metadata } {
  const metadata = new Metadata()
  if (error instanceof CallError) return { code: error.code, details: error.details, metadata }
  log.error({ logger: 'server.calls', ...describeBug(error) }, 'A call failed for a reason that was not foreseen')
  return { code: CODES.internal, details: 'The server failed; its log has the place.', metadata }
}
