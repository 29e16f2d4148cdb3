import type { App } from './environment.ts'

/** Scripts and styles of this server only; nothing inline, nothing from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Sign in - Mintmark</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/login.css">
<script src="/login.js" defer></script>
</head>
<body>
<main>
<h1>Mintmark</h1>
<p id="state" role="status">Signing in needs JavaScript.</p>
<p id="next"></p>
</main>
</body>
</html>
`

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center }
main { max-width: 34rem; padding: 2rem }
h1 { font-size: 1.25rem; margin: 0 0 1rem }
.failed { color: light-dark(#a11, #f88) }
code { font-family: ui-monospace, monospace }
`

const SCRIPT = `const state = document.querySelector('#state')
const next = document.querySelector('#next')

function show(text, remedy = '', failed = false) {
  state.textContent = text
  state.classList.toggle('failed', failed)
  next.textContent = remedy
}

async function signIn() {
  const code = location.hash.slice(1)
  // The code works once and must not stay in the history of the browser.
  history.replaceState(null, '', location.pathname)
  if (code === '') return show('There is no one-time code in this address.', 'Open the whole link that the control plane printed.', true)
  const response = await fetch('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, as: 'cookie' }),
  })
  const answer = await response.json()
  if (!response.ok) return show(answer.detail ?? answer.title, answer.remedy, true)
  show('You are signed in as administrator until ' + new Date(answer.expiresAt).toLocaleString() + '.')
  const link = document.createElement('a')
  link.href = '/api/v1/secrets'
  link.textContent = 'See the secrets that were found'
  next.replaceChildren(link, ' (JSON). The same on a command line: spirlctl ledger secret list')
}

show('Signing in...')
signIn().catch(() => show('The control plane does not answer.', 'Check that it is running, and open the link again.', true))
`

/** The page behind a one-time link. It has no secrets of its own: everybody may load it. */
export function mountLoginPage(app: App): void {
  const headers = { 'content-security-policy': PAGE_POLICY }
  app.get('/login', (context) => context.html(PAGE, 200, headers))
  app.get('/login.css', (context) => context.body(STYLE, 200, { ...headers, 'content-type': 'text/css; charset=utf-8' }))
  app.get('/login.js', (context) => context.body(SCRIPT, 200, { ...headers, 'content-type': 'text/javascript; charset=utf-8' }))
}
