import type { sendUnaryData } from '@grpc/grpc-js'
import { toRefusal } from '../refusal.ts'

/** Answers a unary call with what the work comes to: a message, or a refusal with its code. */
export async function answerUnary<Response>(callback: sendUnaryData<Response>, work: () => Promise<Response>): Promise<void> {
  let response: Response
  try {
    response = await work()
  } catch (error) {
    const { code, message } = toRefusal(error)
    callback({ code, details: message })
    return
  }
  callback(null, response)
}
