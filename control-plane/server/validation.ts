import type { z } from '@hono/zod-openapi'
import { ProblemError } from './problem-error.ts'

/** Characters of one field error. */
const FIELD_CHARS_MAX = 512

/** Hook of every route: input that its schema refuses becomes one problem that names each field, never its content. */
export function refuseInvalidInput(
  result: { readonly target: string } & ({ readonly success: true } | { readonly success: false; readonly error: z.ZodError }),
): void {
  if (result.success) return
  throw new ProblemError('request-invalid', {
    errors: result.error.issues.map(({ path, message }) => ({
      field: [result.target, ...path].join('.').slice(0, FIELD_CHARS_MAX),
      problem: message.slice(0, FIELD_CHARS_MAX),
    })),
  })
}
