import { crc32Hex } from '../checksum.ts'
import type { FormatRule, KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const CREDSWEEPER = { page: 'https://github.com/Samsung/CredSweeper (value checks)', licence: 'MIT' } as const
const bitbucket = issuer('Bitbucket', CREDSWEEPER)
const atlassian = issuer('Atlassian', CREDSWEEPER)
const sourcegraph = issuer('Sourcegraph')
const harness = issuer('Harness')
const buildkite = issuer('Buildkite', docs('https://buildkite.com/docs/platform/security/tokens'))
const CRC_CHARS = 8

/** The last eight hex digits are the CRC32 of everything before them. */
const checked = (what: string) => ({
  read: ({ match: [token] }: { readonly match: RegExpExecArray }) =>
    crc32Hex(token.slice(0, -CRC_CHARS)) === token.slice(-CRC_CHARS).toLowerCase()
      ? ({ confidence: 'exact', reasons: [`${what}: its checksum is right`] } as const)
      : undefined,
})

/** Forges, continuous integration and code quality, GitHub and GitLab excepted. */
export const sourceHosting: readonly FormatRule[] = [
  bitbucket.token(
    'bitbucket-app-password',
    'bitbucket-token',
    ['ATBB'],
    /ATBB[A-Za-z0-9_=.-]{24}[0-9A-Fa-f]{8}(?![\w-])/y,
    checked('An app password of Bitbucket'),
  ),
  bitbucket.token(
    'bitbucket-access-token',
    'bitbucket-token',
    ['ATCTT3xFfGN0'],
    /ATCTT3xFfGN0[A-Za-z0-9_=.-]{100,230}=[0-9A-Fa-f]{8}(?![\w-])/y,
    checked('An access token of Bitbucket'),
  ),
  atlassian.token(
    'atlassian-api-token',
    'atlassian-api-token',
    ['ATATT3xFfGF0'],
    /ATATT3xFfGF0[A-Za-z0-9_=.-]{100,230}=[0-9A-Fa-f]{8}(?![\w-])/y,
    checked('An API token of Atlassian'),
  ),
  bitbucket.token('bitbucket-data-center-token', 'bitbucket-token', ['BBDC-'], /BBDC-[A-Za-z0-9+/]{40,50}/y),
  sourcegraph.token('sourcegraph-token', 'sourcegraph-token', ['sgp_'], /sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}/y),
  issuer('CircleCI', docs('https://circleci.com/docs/managing-api-tokens/')).token(
    'circleci-token',
    'circleci-token',
    ['CCIPAT_', 'CCIPRJ_'],
    /CCIP(?:AT|RJ)_[A-Za-z0-9]{20,24}_[0-9a-f]{40}/y,
  ),
  buildkite.token('buildkite-token', 'buildkite-token', ['bkua_', 'bkaj_', 'bkct_', 'bkpt_', 'bkpat_'], /bk(?:ua|aj|ct|pt|pat)_[A-Za-z0-9]{30,64}/y),
  issuer('SonarQube', docs('https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/')).token(
    'sonar-token',
    'sonar-token',
    ['squ_', 'sqp_', 'sqa_'],
    /sq[upa]_[0-9a-f]{40}/y,
  ),
  harness.token('harness-api-key', 'harness-api-key', ['pat.', 'sat.'], /[ps]at\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}/y),
]

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Shapes of this family that are decided by their name. */
export const sourceHostingByName: readonly KeyedRule[] = [
  issuer('Bitbucket').keyed('bitbucket-secret-by-name', 'bitbucket-token', namedAfter('bitbucket'), /^(?:[\w=-]{64}|[A-Za-z0-9]{32}|[A-Za-z0-9]{20})$/),
  issuer('Atlassian').keyed(
    'atlassian-token-by-name',
    'atlassian-api-token',
    namedAfter('atlassian|confluence|jira'),
    /^(?:[A-Za-z0-9]{20}[0-9a-f]{4}|[A-Za-z0-9]{24}|[A-Za-z0-9+/]{44})$/,
  ),
  issuer('Gitea', docs('https://docs.gitea.com/development/api-usage')).keyed(
    'gitea-token-by-name',
    'gitea-token',
    namedAfter('gitea|forgejo|codeberg'),
    /^[0-9a-f]{40}$/,
  ),
  issuer('GitHub', docs('https://docs.github.com/authentication')).keyed(
    'github-legacy-token-by-name',
    'github-token',
    namedAfter('github|gh|git', 'tokens?|pat|access_?token|api_?token|client_?secret|oauth_?token'),
    /^[0-9a-f]{40}$/,
  ),
  issuer('GitLab', docs('https://docs.gitlab.com/security/tokens/')).keyed(
    'gitlab-legacy-token-by-name',
    'gitlab-token',
    namedAfter('gitlab', 'tokens?|pat|access_?token|private_?token|registration_?token|client_?secret'),
    /^(?:[\w-]{20}|[0-9a-f]{64})$/,
  ),
  sourcegraph.keyed('sourcegraph-token-by-name', 'sourcegraph-token', namedAfter('sourcegraph|src', 'access_?token|tokens?'), /^[0-9a-fA-F]{40}$/),
  issuer('Drone').keyed('drone-token-by-name', 'droneci-token', namedAfter('drone|droneci', 'tokens?|rpc_?secret|secret'), /^[A-Za-z0-9]{32}$/),
  issuer('Travis CI').keyed('travis-token-by-name', 'travisci-token', namedAfter('travis'), /^[A-Za-z0-9_-]{22}$/),
  issuer('SonarQube').keyed('sonar-token-by-name', 'sonar-token', namedAfter('sonar|sonarqube|sonarcloud', 'login|tokens?|auth_?token'), /^[0-9a-f]{40}$/),
  issuer('Snyk').keyed('snyk-token-by-name', 'snyk-token', namedAfter('snyk'), UUID),
  issuer('CircleCI', docs('https://circleci.com/docs/managing-api-tokens/')).keyed(
    'circleci-token-by-name',
    'circleci-token',
    namedAfter('circle|circleci|circle_ci'),
    /^[0-9a-f]{40}$/,
  ),
]
