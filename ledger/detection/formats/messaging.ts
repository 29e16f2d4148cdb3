import { charClass, type FormatRule, type KeyedRule } from '../rule.ts'
import { GITLEAKS, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const slack = issuer('Slack', docs('https://api.slack.com/concepts/token-types'))
const discord = issuer('Discord', docs('https://discord.com/developers/docs/reference'))
const telegram = issuer('Telegram', docs('https://core.telegram.org/bots/features#botfather'))
const TOKEN_CHARS = charClass('A-Za-z0-9_-')

/** Chat and incoming webhooks. */
export const messaging: readonly FormatRule[] = [
  slack.token('slack-bot-token', 'slack-token', ['xoxb-'], /xoxb-(?:\d{8,14}-\d{8,14}-[A-Za-z0-9]{18,34}|\d{8,14}-[A-Za-z0-9]{18,26})(?![\w-])/y),
  slack.token('slack-user-token', 'slack-token', ['xoxp-', 'xoxe-'], /xox[pe]-(?:\d{8,14}-){2,3}[A-Za-z0-9]{24,34}(?![\w-])/y),
  slack.token('slack-app-token', 'slack-token', ['xapp-'], /xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-z0-9]{40,80}(?![\w-])/y),
  slack.token('slack-configuration-token', 'slack-token', ['xoxe.xox'], /xoxe\.xox[bp]-\d-[A-Za-z0-9]{140,180}(?![\w-])/y, { source: GITLEAKS }),
  slack.token('slack-configuration-refresh-token', 'slack-token', ['xoxe-'], /xoxe-\d-[A-Za-z0-9]{130,160}(?![\w-])/y, { source: GITLEAKS }),
  slack.token('slack-workspace-token', 'slack-token', ['xoxa-', 'xoxr-'], /xox[ar]-(?:\d-)?[0-9A-Za-z-]{20,80}(?![\w-])/y, { source: GITLEAKS }),
  slack.token('slack-legacy-token', 'slack-token', ['xoxo-', 'xoxs-', 'xoxd-', 'xoxc-'], /xox[oscd]-(?:\d{5,16}-){2,3}[0-9a-zA-Z]{8,64}(?![\w-])/y, {
    source: GITLEAKS,
  }),
  slack.token('slack-webhook-url', 'slack-webhook-url', ['hooks.slack.com/'], /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{40,60}/y, {
    edges: 'open',
    read: ({ match: [url], start }) => ({
      start,
      canonical: url,
      attributes: { workspace: url.split('/')[2] ?? '' },
      reasons: ['The address of an incoming webhook of Slack'],
    }),
  }),
  discord.token('discord-webhook-url', 'discord-webhook-url', ['/api/webhooks/'], /\/api\/webhooks\/(\d{17,20})\/[\w-]{60,72}(?![\w-])/y, {
    edges: 'open',
    read({ match: [path, id = ''], start, leaf }) {
      const host = /discord(?:app)?\.com(?:\/)?$/.exec(leaf.text.slice(Math.max(0, start - 20), start))
      return host === null ? undefined : { canonical: path, publicId: id, reasons: ['The address of a webhook of Discord'] }
    },
  }),
  issuer('Microsoft Teams').token(
    'teams-webhook-url',
    'teams-webhook-url',
    ['webhook.office.com/webhookb2/'],
    /webhook\.office\.com\/webhookb2\/[0-9a-f-]{36}@[0-9a-f-]{36}\/IncomingWebhook\/[0-9a-f]{32}\/[0-9a-f-]{36}/y,
    { edges: 'open', read: ({ match: [url] }) => ({ canonical: url, reasons: ['The address of an incoming webhook of Microsoft Teams'] }) },
  ),
  telegram.token('telegram-bot-token', 'telegram-bot-token', [':AA'], /(?<![\w:-])(?:bot)?(\d{8,12}):AA[\w-]{32,33}(?![\w-])/y, {
    lead: { chars: TOKEN_CHARS, max: 15 },
    read: ({ match: [token, id = ''], start }) => ({
      start: start + (token.startsWith('bot') ? 3 : 0),
      publicId: id,
      reasons: ['A bot token of Telegram: number of the bot and 35 characters'],
    }),
  }),
]

/** Shapes of this family that are decided by their name. */
export const messagingByName: readonly KeyedRule[] = [
  discord.keyed('discord-bot-token-by-name', 'discord-token', namedAfter('discord'), /^[\w-]{24,28}\.[\w-]{6}\.[\w-]{27,38}$/, { confidence: 'strong' }),
  discord.keyed('discord-secret-by-name', 'discord-token', namedAfter('discord'), /^(?:[0-9a-f]{64}|[\w-]{32})$/),
  issuer('Mattermost').keyed('mattermost-token-by-name', 'mattermost-token', namedAfter('mattermost'), /^[a-z0-9]{26}$/),
  issuer('Gitter').keyed('gitter-token-by-name', 'gitter-token', namedAfter('gitter'), /^[\w-]{40}$/),
  issuer('Intercom').keyed('intercom-token-by-name', 'intercom-token', namedAfter('intercom'), /^[\w=-]{60}$/),
  issuer('Zendesk').keyed('zendesk-secret-by-name', 'zendesk-secret', namedAfter('zendesk'), /^[A-Za-z0-9]{40}$/),
  issuer('Sendbird').keyed('sendbird-token-by-name', 'sendbird-token', namedAfter('sendbird'), /^[0-9a-f]{40}$/),
  telegram.keyed('telegram-bot-token-by-name', 'telegram-bot-token', namedAfter('telegram|tg|bot'), /^\d{5,16}:[\w-]{34,35}$/, { confidence: 'strong' }),
]
