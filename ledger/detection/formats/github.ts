import { crc32Base62 } from '../checksum.ts'
import type { Found, FormatRule, Reading } from '../rule.ts'

const PAGE = {
  page: 'GitHub Docs, "About authentication to GitHub", token formats; GitHub Blog, "Behind GitHub\'s new authentication token formats"',
  licence: 'facts',
} as const
const GITLEAKS = { page: 'gitleaks v8.30.1, default rules', licence: 'MIT' } as const
const CHECK_CHARS = 6
const PREFIX_CHARS = 4

/** The last six characters are the CRC32 of the random part. */
export const github: readonly FormatRule[] = [
  checked('github-personal-access-token', 'ghp_', /ghp_[0-9A-Za-z]{36}/y, 'A personal access token'),
  checked('github-oauth-token', 'gho_', /gho_[0-9A-Za-z]{36}/y, 'An OAuth access token'),
  checked('github-app-user-token', 'ghu_', /ghu_[0-9A-Za-z]{36}/y, 'A user-to-server token of an app'),
  checked('github-refresh-token', 'ghr_', /ghr_(?:[0-9A-Za-z]{76}|[0-9A-Za-z]{36})/y, 'A refresh token of an app'),
  {
    id: 'github-app-installation-token',
    kind: 'github-token',
    provider: 'GitHub',
    anchors: ['ghs_'],
    pattern: /ghs_[0-9A-Za-z]{36}/y,
    // One sample in GitHub's documentation fails the check, so here it only raises the confidence.
    read: (found) =>
      hasCheck(found.match[0]) ? proven('An installation token of an app') : { reasons: ['An installation token of a GitHub app, by its prefix and length'] },
    source: PAGE,
  },
  {
    id: 'github-app-installation-jwt',
    kind: 'github-token',
    provider: 'GitHub',
    anchors: ['ghs_'],
    pattern: /ghs_[0-9]{1,12}_eyJ[\w-]{10,1000}\.[\w-]{10,2000}\.[\w-]{10,1000}/y,
    source: PAGE,
  },
  {
    id: 'github-fine-grained-token',
    kind: 'github-token',
    provider: 'GitHub',
    anchors: ['github_pat_'],
    pattern: /github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}/y,
    source: GITLEAKS,
  },
]

function checked(id: string, anchor: string, pattern: RegExp, what: string): FormatRule {
  return {
    id,
    kind: 'github-token',
    provider: 'GitHub',
    anchors: [anchor],
    pattern,
    read: (found: Found) => (hasCheck(found.match[0]) ? proven(what) : undefined),
    source: PAGE,
  }
}

function hasCheck(token: string): boolean {
  return crc32Base62(token.slice(PREFIX_CHARS, -CHECK_CHARS)) === token.slice(-CHECK_CHARS)
}

function proven(what: string): Reading {
  return { confidence: 'exact', reasons: [`${what} of GitHub: its checksum is right`] }
}
