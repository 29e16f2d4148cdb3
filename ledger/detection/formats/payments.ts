import type { FormatRule, KeyedRule } from '../rule.ts'
import { GITLEAKS, issuer, namedAfter } from './issuer.ts'

const docs = (page: string) => ({ page, licence: 'facts' }) as const
const stripe = issuer('Stripe', docs('https://docs.stripe.com/keys'))
const square = issuer('Square', docs('https://developer.squareup.com/docs/build-basics/access-tokens'))
const shopify = issuer('Shopify')
const flutterwave = issuer('Flutterwave')
const easypost = issuer('EasyPost')
const plaid = issuer('Plaid')
const paypal = issuer('PayPal', docs('https://developer.paypal.com/braintree/docs/guides/credentials'))

/** Payment, commerce and shipping. Keys named publishable or public are made to be shown and are not here. */
export const payments: readonly FormatRule[] = [
  stripe.token(
    'stripe-secret-key',
    'stripe-secret-key',
    ['sk_live_', 'sk_test_', 'sk_prod_', 'rk_live_', 'rk_test_', 'rk_prod_'],
    /[sr]k_(live|test|prod)_[A-Za-z0-9]{16,250}/y,
    {
      read: ({ match: [, mode = ''] }) => ({ attributes: { mode }, reasons: [`A ${mode} key of Stripe, by its prefix`] }),
    },
  ),
  stripe.token('stripe-webhook-secret', 'stripe-webhook-secret', ['whsec_'], /whsec_[A-Za-z0-9+/]{32,64}={0,2}/y),
  square.token('square-access-token', 'square-token', ['sq0atp-', 'sq0csp-'], /sq0(?:atp-[\w-]{22}|csp-[\w-]{43})(?![\w-])/y),
  square.token('square-personal-token', 'square-token', ['EAAA'], /EAAA[\w-]{60}(?![\w-])/y),
  shopify.token('shopify-token', 'shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shpua_'], /shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{32}/y),
  plaid.token(
    'plaid-access-token',
    'plaid-token',
    ['access-sandbox-', 'access-development-', 'access-production-'],
    /access-(?:sandbox|development|production)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/y,
  ),
  paypal.token('braintree-access-token', 'paypal-token', ['access_token$'], /access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}/y),
  flutterwave.token('flutterwave-secret-key', 'flutterwave-secret-key', ['FLWSECK'], /FLWSECK(?:_TEST)?-[0-9a-zA-Z]{32}-X/y),
  flutterwave.token('flutterwave-encryption-key', 'flutterwave-secret-key', ['FLWSECK_TEST'], /FLWSECK_TEST[0-9a-zA-Z-]{12,13}(?![\w-])/y),
  issuer('Razorpay', docs('https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/')).token(
    'razorpay-key-id',
    'razorpay-key',
    ['rzp_live_', 'rzp_test_'],
    /rzp_(?:live|test)_[A-Za-z0-9]{14}/y,
    {
      role: 'identifier',
      read: ({ match: [id] }) => ({ publicId: id, reasons: ['The public half of a key of Razorpay'] }),
    },
  ),
  issuer('Adyen', docs('https://docs.adyen.com/development-resources/api-credentials/')).token(
    'adyen-api-key',
    'adyen-api-key',
    ['AQEy', 'AQEm', 'AQEn', 'AQEo', 'AQEp', 'AQEq', 'AQEr', 'AQEs', 'AQEt', 'AQEu', 'AQEv', 'AQEw', 'AQEx', 'AQEz', 'AQE1', 'AQE2'],
    /AQE[A-Za-z0-9+/]{80,160}={0,2}-[A-Za-z0-9+/]{40,48}={0,2}-[\x21-\x7e]{8,24}/y,
  ),
  issuer('Duffel').token('duffel-token', 'duffel-token', ['duffel_test_', 'duffel_live_'], /duffel_(?:test|live)_[\w=-]{43}(?![\w-])/y),
  easypost.token('easypost-key', 'easypost-api-key', ['EZAK', 'EZTK'], /EZ[AT]K[A-Za-z0-9]{54}/y),
  issuer('Shippo').token('shippo-token', 'shippo-token', ['shippo_live_', 'shippo_test_'], /shippo_(?:live|test)_[0-9a-fA-F]{40}/y),
  issuer('GoCardless').token('gocardless-token', 'gocardless-token', ['live_', 'sandbox_'], /(?:live|sandbox)_[\w=-]{40}(?![\w-])/y, { confidence: 'medium' }),
]

/** Shapes of this family that are decided by their name. */
export const paymentsByName: readonly KeyedRule[] = [
  plaid.keyed('plaid-secret-by-name', 'plaid-token', namedAfter('plaid'), /^[a-z0-9]{30}$/),
  paypal.keyed('paypal-secret-by-name', 'paypal-token', namedAfter('paypal', 'secret|client_secret|password'), /^E[\w-]{79}$/),
  issuer('Razorpay', docs('https://razorpay.com/docs/')).keyed(
    'razorpay-secret-by-name',
    'razorpay-key',
    namedAfter('razorpay|rzp', 'secret|key_secret|secret_?key'),
    /^[A-Za-z0-9]{24}$/,
  ),
  issuer('Coinbase').keyed('coinbase-token-by-name', 'coinbase-token', namedAfter('coinbase'), /^[\w-]{64}$/),
  issuer('Kraken').keyed('kraken-key-by-name', 'exchange-api-key', namedAfter('kraken'), /^[A-Za-z0-9/=_+-]{80,90}$/),
  issuer('KuCoin').keyed('kucoin-key-by-name', 'exchange-api-key', namedAfter('kucoin'), /^(?:[0-9a-f]{24}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/),
  issuer('Bittrex').keyed('bittrex-key-by-name', 'exchange-api-key', namedAfter('bittrex'), /^[a-z0-9]{32}$/),
  issuer('Binance', docs('https://developers.binance.com/docs/')).keyed('binance-key-by-name', 'exchange-api-key', namedAfter('binance'), /^[A-Za-z0-9]{64}$/),
  issuer('Finicity').keyed('finicity-key-by-name', 'finance-data-api-key', namedAfter('finicity'), /^(?:[0-9a-f]{32}|[a-z0-9]{20})$/),
  issuer('Finnhub').keyed('finnhub-key-by-name', 'finance-data-api-key', namedAfter('finnhub'), /^[a-z0-9]{20}(?:[a-z0-9]{20})?$/),
  issuer('FreshBooks').keyed('freshbooks-token-by-name', 'freshbooks-token', namedAfter('freshbooks'), /^[a-z0-9]{64}$/),
  issuer('Lob').keyed('lob-key-by-name', 'lob-api-key', namedAfter('lob'), /^(?:live|test)_[0-9a-f]{35}$/, { confidence: 'strong' }),
  issuer('Freemius').keyed('freemius-key-by-name', 'freemius-secret-key', namedAfter('freemius'), /^sk_\S{29}$/, { source: GITLEAKS }),
]
