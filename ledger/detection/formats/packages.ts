import { crc32Base62 } from '../checksum.ts'
import type { FormatRule, KeyedRule } from '../rule.ts'
import { endingIn, GITLEAKS, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const npm = issuer('npm', docs('https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/'))
const jfrog = issuer('JFrog', { page: 'https://github.com/Samsung/CredSweeper (value checks)', licence: 'MIT' })
const docker = issuer('Docker Hub', docs('https://docs.docker.com/security/access-tokens/'))
const JFROG_REFERENCE = /^reftkn:\d{1,4}:\d{1,20}:[\w/+-]{8,}/

/** Package registries. */
export const packages: readonly FormatRule[] = [
  npm.token('npm-token', 'npm-token', ['npm_'], /npm_[0-9A-Za-z]{36}/y, {
    // The same check as GitHub's: CRC32 of the random part in base62.
    read: ({ match: [token] }) =>
      crc32Base62(token.slice(4, -6)) === token.slice(-6) ? { confidence: 'exact', reasons: ['An access token of npm: its checksum is right'] } : undefined,
  }),
  issuer('PyPI').token('pypi-token', 'pypi-token', ['pypi-AgE'], /pypi-AgE[\w-]{50,1000}(?![\w-])/y),
  issuer('RubyGems').token('rubygems-api-key', 'rubygems-api-key', ['rubygems_'], /rubygems_[0-9a-f]{48}/y),
  issuer('NuGet', { page: 'https://github.com/microsoft/security-utilities (638ad20), SEC101/031', licence: 'MIT' }).token(
    'nuget-api-key',
    'nuget-api-key',
    ['oy2'],
    /oy2[a-z2-7]{43}/y,
  ),
  issuer('crates.io', docs('https://doc.rust-lang.org/cargo/reference/publishing.html')).token(
    'crates-io-token',
    'crates-io-token',
    ['cio'],
    /cio[A-Za-z0-9]{32}/y,
  ),
  issuer('Clojars').token('clojars-token', 'clojars-token', ['CLOJARS_'], /CLOJARS_[0-9a-zA-Z]{60}/y),
  docker.token('docker-hub-token', 'docker-hub-token', ['dckr_pat_', 'dckr_oat_'], /dckr_(?:pat_[\w-]{27}|oat_[\w-]{32})(?![\w-])/y),
  jfrog.token('jfrog-api-key', 'jfrog-token', ['AKCp'], /AKCp[1-9A-HJ-NP-Za-km-z]{69}/y),
  jfrog.token('jfrog-reference-token', 'jfrog-token', ['cmVmdGtuO'], /cmVmdGtuO[A-Za-z0-9_-]{40,80}={0,2}/y, {
    read: ({ match: [token] }) =>
      JFROG_REFERENCE.test(Buffer.from(token, 'base64').toString('latin1'))
        ? { confidence: 'exact', reasons: ['A reference token of JFrog: it decodes to the parts of one'] }
        : undefined,
  }),
]

/** Shapes of this family that are decided by their name. */
export const packagesByName: readonly KeyedRule[] = [
  jfrog.keyed('jfrog-token-by-name', 'jfrog-token', namedAfter('jfrog|artifactory|bintray|xray'), /^(?:[A-Za-z0-9]{73}|[A-Za-z0-9]{64})$/, {
    source: GITLEAKS,
  }),
  issuer('npm', GITLEAKS).keyed(
    'npm-legacy-token-by-name',
    'npm-token',
    namedAfter('npm|npmjs|registry_npmjs_org', 'tokens?|auth_?token|auth'),
    /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  ),
  issuer('Sidekiq').keyed(
    'sidekiq-credentials-by-name',
    'sidekiq-credentials',
    endingIn('bundle_(?:enterprise|gems)_contribsys_com'),
    /^[0-9a-f]{8}:[0-9a-f]{8}$/,
    { confidence: 'strong' },
  ),
  docker.keyed(
    'docker-hub-legacy-token-by-name',
    'docker-hub-token',
    namedAfter('docker_?hub|docker', 'tokens?|pat|access_?token'),
    /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/,
  ),
]
