import { PROBLEMS, problemType, type Problem } from '@mintmark/contract/http'

/** Answers while the database starts: alive, not ready yet. */
export function answerWhileStarting(request: Request): Response {
  if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'ok' })
  const { status, title } = PROBLEMS['database-unavailable']
  const problem: Problem = {
    type: problemType('database-unavailable'),
    title,
    status,
    detail: 'The control plane is starting.',
    remedy: 'Try again in a moment.',
  }
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '1', 'cache-control': 'no-store' },
  })
}
