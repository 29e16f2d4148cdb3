import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { issuer, namedAfter } from './issuer.ts'

const facebook = issuer('Meta')
const twitter = issuer('X')
const linkedIn = issuer('LinkedIn')

/** Social networks and media. */
export const social: readonly FormatRule[] = [
  facebook.token(
    'facebook-page-token',
    'facebook-token',
    ['EAAM', 'EAAC', 'EAAG', 'EAAB', 'EAAD', 'EAAE', 'EAAF', 'EAAH', 'EAAI', 'EAAJ', 'EAAK', 'EAAL'],
    /EAA[A-Z][A-Za-z0-9]{90,400}/y,
  ),
  twitter.token('twitter-bearer-token', 'twitter-token', ['AAAAAAAAAAAAAAAAAAAAA'], /A{22}[A-Za-z0-9%]{80,100}/y, { lead: { chars: charClass('A'), max: 1 } }),
]

/** Shapes of this family that are decided by their name. */
export const socialByName: readonly KeyedRule[] = [
  facebook.keyed('facebook-secret-by-name', 'facebook-token', namedAfter('facebook|fb|meta|instagram|whatsapp'), /^[0-9a-f]{32}$/),
  facebook.keyed('facebook-access-token-by-name', 'facebook-token', namedAfter('facebook|fb'), /^\d{15,16}[|%][\w-]{27,40}$/, { confidence: 'strong' }),
  twitter.keyed('twitter-access-token-by-name', 'twitter-token', namedAfter('twitter'), /^\d{15,25}-[A-Za-z0-9]{20,40}$/, { confidence: 'strong' }),
  twitter.keyed('twitter-secret-by-name', 'twitter-token', namedAfter('twitter'), /^(?:[A-Za-z0-9]{50}|[A-Za-z0-9]{45}|[A-Za-z0-9]{25})$/),
  linkedIn.keyed('linkedin-secret-by-name', 'linkedin-client-secret', namedAfter('linked_?in', 'client_?secret|secret|tokens?'), /^[A-Za-z0-9]{16}$/),
  issuer('Twitch').keyed('twitch-token-by-name', 'twitch-token', namedAfter('twitch'), /^[a-z0-9]{30}$/),
  issuer('Flickr').keyed('flickr-token-by-name', 'flickr-token', namedAfter('flickr'), /^[a-z0-9]{32}$/),
  issuer('Etsy').keyed('etsy-token-by-name', 'etsy-token', namedAfter('etsy'), /^[a-z0-9]{24}$/),
]
