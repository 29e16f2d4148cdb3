import { crc32Base36 } from '../checksum.ts'
import type { FormatRule } from '../rule.ts'
import { GITLEAKS, issuer } from './issuer.ts'

const gitlabIssuer = issuer('GitLab', { page: 'https://docs.gitlab.com/security/tokens/#token-prefixes', licence: 'facts' })
const ROUTABLE = {
  page: 'https://docs.gitlab.com/security/tokens/ and the routable token design of GitLab (payload, length, CRC32)',
  licence: 'facts',
} as const
const CRC_CHARS = 7

/** `<prefix><payload>.<version>.<two base36 digits of the payload length><seven base36 digits of CRC32>` or the same without a version. */
const routable = gitlabIssuer.token(
  'gitlab-routable-token',
  'gitlab-token',
  ['glpat-', 'glrt-', 'gldt-', 'glrtr-', 'glptt-', 'glcbt-', 'glft-', 'glagent-', 'gloas-', 'glsoat-', 'glffct-', 'glimt-'],
  /gl(?:pat|rtr?|dt|ptt|cbt|ft|agent|oas|soat|ffct|imt)-[\w-]{27,300}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9}(?![\w.-])/y,
  {
    read: ({ match: [token] }) =>
      crc32Base36(token.slice(0, -CRC_CHARS)) === token.slice(-CRC_CHARS)
        ? { confidence: 'exact', reasons: ['A routable token of GitLab: its checksum is right'] }
        : undefined,
    source: ROUTABLE,
  },
)

const legacy = (id: string, prefix: string, pattern: RegExp): FormatRule => gitlabIssuer.token(id, 'gitlab-token', [prefix], pattern)

/** Tokens of GitLab: the routable form has a checksum, the older ones a prefix and a length. */
export const gitlab: readonly FormatRule[] = [
  routable,
  legacy('gitlab-personal-access-token', 'glpat-', /glpat-[\w-]{20}(?![\w.-])/y),
  legacy('gitlab-deploy-token', 'gldt-', /gldt-[\w-]{20}(?![\w.-])/y),
  legacy('gitlab-runner-token', 'glrt-', /glrt-(?:t[0-9]_)?[\w-]{20}(?![\w.-])/y),
  legacy('gitlab-trigger-token', 'glptt-', /glptt-[0-9a-f]{40}/y),
  legacy('gitlab-job-token', 'glcbt-', /glcbt-[0-9A-Za-z]{1,5}_[\w-]{20}(?![\w-])/y),
  legacy('gitlab-feed-token', 'glft-', /glft-[\w-]{20}(?![\w-])/y),
  legacy('gitlab-agent-token', 'glagent-', /glagent-[\w-]{20,64}(?![\w.-])/y),
  legacy('gitlab-oauth-secret', 'gloas-', /gloas-[\w-]{64}(?![\w-])/y),
  legacy('gitlab-scim-token', 'glsoat-', /glsoat-[\w-]{20}(?![\w-])/y),
  legacy('gitlab-feature-flag-token', 'glffct-', /glffct-[\w-]{20}(?![\w-])/y),
  legacy('gitlab-incoming-mail-token', 'glimt-', /glimt-[\w-]{25}(?![\w-])/y),
  gitlabIssuer.token('gitlab-runner-registration-token', 'gitlab-token', ['GR1348941'], /GR1348941[\w-]{20}(?![\w-])/y, { source: GITLEAKS }),
  gitlabIssuer.token('gitlab-session', 'session-cookie', ['_gitlab_session='], /_gitlab_session=[0-9a-z]{32}/y, {
    edges: 'open',
    read: ({ start, end }) => ({ start: start + '_gitlab_session='.length, end }),
    source: GITLEAKS,
  }),
]
