import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { GITLEAKS, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const twilio = issuer('Twilio', docs('https://www.twilio.com/docs/iam/api-keys'))
const mailgun = issuer('Mailgun')
const brevo = issuer('Brevo')
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Mail, text message and telephone services. */
export const mailAndPhone: readonly FormatRule[] = [
  twilio.token(
    'twilio-account-sid',
    'twilio-account-sid',
    ['AC0', 'AC1', 'AC2', 'AC3', 'AC4', 'AC5', 'AC6', 'AC7', 'AC8', 'AC9', 'ACa', 'ACb', 'ACc', 'ACd', 'ACe', 'ACf'],
    /AC[0-9a-f]{32}/y,
    {
      role: 'identifier',
      read: ({ match: [sid] }) => ({ publicId: sid, reasons: ['An account SID of Twilio: AC and 32 hex digits'] }),
    },
  ),
  twilio.token(
    'twilio-api-key-sid',
    'twilio-api-key',
    ['SK0', 'SK1', 'SK2', 'SK3', 'SK4', 'SK5', 'SK6', 'SK7', 'SK8', 'SK9', 'SKa', 'SKb', 'SKc', 'SKd', 'SKe', 'SKf'],
    /SK[0-9a-f]{32}/y,
    {
      read: ({ match: [sid] }) => ({ publicId: sid, reasons: ['The SID of an API key of Twilio: SK and 32 hex digits'] }),
    },
  ),
  issuer('SendGrid', docs('https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys')).token(
    'sendgrid-api-key',
    'sendgrid-api-key',
    ['SG.'],
    /SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/y,
  ),
  mailgun.token('mailgun-api-key', 'mailgun-api-key', ['key-'], /key-[0-9a-f]{32}/y),
  mailgun.token('mailchimp-api-key', 'mailchimp-api-key', ['-us1', '-us2', '-us3', '-us4', '-us5', '-us6', '-us7', '-us8', '-us9'], /[0-9a-f]{32}-us\d{1,2}/y, {
    lead: { chars: charClass('0-9a-f'), max: 32 },
    read: () => ({ provider: 'Mailchimp', reasons: ['32 hex digits and the data centre of a Mailchimp account'] }),
  }),
  issuer('Mailchimp', docs('https://mailchimp.com/developer/transactional/docs/fundamentals/')).token(
    'mandrill-api-key',
    'mailchimp-api-key',
    ['md-'],
    /md-[\w-]{22}(?![\w-])/y,
    { confidence: 'medium' },
  ),
  brevo.token('brevo-api-key', 'brevo-api-key', ['xkeysib-'], /xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}/y),
  brevo.token('brevo-smtp-key', 'brevo-api-key', ['xsmtpsib-'], /xsmtpsib-[0-9a-f]{64}-[A-Za-z0-9]{16}/y, {
    source: docs('https://developers.brevo.com/docs/smtp-integration'),
  }),
  issuer('Resend', docs('https://resend.com/docs/api-reference/introduction')).token(
    'resend-api-key',
    'generic-api-key',
    ['re_'],
    /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}/y,
  ),
]

/** Shapes of this family that are decided by their name. */
export const mailAndPhoneByName: readonly KeyedRule[] = [
  twilio.keyed('twilio-auth-token-by-name', 'twilio-auth-token', namedAfter('twilio', 'auth_?token|token|auth|secret|auth_?key'), /^[0-9a-f]{32}$/, {
    confidence: 'strong',
  }),
  twilio.keyed('twilio-api-secret-by-name', 'twilio-api-key', namedAfter('twilio', 'api_?(?:key_?)?secret|secret'), /^[A-Za-z0-9]{32}$/),
  mailgun.keyed(
    'mailgun-key-by-name',
    'mailgun-api-key',
    namedAfter('mailgun', 'api_?key|key|token|secret|signing_?key|password'),
    /^(?:[0-9a-f]{32}|[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}|pubkey-[0-9a-f]{32})$/,
    { source: GITLEAKS },
  ),
  issuer('Postmark', docs('https://postmarkapp.com/developer/api/overview')).keyed('postmark-token-by-name', 'postmark-token', namedAfter('postmark'), UUID),
  issuer('MessageBird').keyed('messagebird-key-by-name', 'messagebird-api-key', namedAfter('message_?bird'), /^[A-Za-z0-9]{25}$/),
  issuer('Vonage', docs('https://developer.vonage.com/en/account/secret-management')).keyed(
    'vonage-secret-by-name',
    'vonage-api-secret',
    namedAfter('vonage|nexmo', 'api_?secret|secret'),
    /^[A-Za-z0-9]{16}$/,
  ),
]
