import type { Setting } from '../credential.ts'
import { type MarkedText, compose, escapeText } from '../marked-text.ts'
import type { Random } from '../random.ts'
import { type RenderFile, renderCode, renderEnv, renderIni, renderNginx, renderProperties, renderShell, renderSpaced, renderToml } from './lines.ts'
import { renderJson, renderXml, renderYaml, renderYamlList } from './trees.ts'

export { type SpecialFile, dockerConfig, drawSpecialFile, kubeconfig } from './special.ts'

interface FileStyle {
  readonly render: RenderFile
  readonly names: readonly string[]
  readonly comment: string
}

const STYLES: readonly (readonly [number, FileStyle])[] = [
  [5, { render: renderEnv, names: ['.env', 'app.env', 'production.env', 'env', '.env.local'], comment: '#' }],
  [6, { render: renderProperties, names: ['application.properties', 'config.properties', 'server.properties', 'gradle.properties'], comment: '#' }],
  [4, { render: renderIni, names: ['grafana.ini', 'airflow.cfg', 'odbc.ini', 'app.conf', 'config.ini'], comment: '#' }],
  [6, { render: renderJson, names: ['appsettings.json', 'config.json', 'settings.json', 'default.json'], comment: '' }],
  [8, { render: renderYaml, names: ['application.yml', 'config.yaml', 'values.yaml', 'application-prod.yaml', 'config'], comment: '#' }],
  [2, { render: renderYamlList, names: ['deployment-env.yaml', 'pod-template.yaml'], comment: '#' }],
  [3, { render: renderToml, names: ['config.toml', 'app.toml', 'telegraf.conf'], comment: '#' }],
  [3, { render: renderXml, names: ['core-site.xml', 'Web.config', 'context.xml', 'logback.xml', 'hive-site.xml'], comment: '' }],
  [2, { render: renderSpaced, names: ['redis.conf', 'haproxy.cfg', 'server.conf', 'td-agent.conf'], comment: '#' }],
  [3, { render: renderShell, names: ['entrypoint.sh', 'init.sh', 'env.sh', 'run'], comment: '#' }],
  [3, { render: renderCode, names: ['settings.py', 'wp-config.php', 'local_settings.py', 'config.rb', 'config.js', 'config.inc.php'], comment: '' }],
  [2, { render: renderNginx, names: ['nginx.conf', 'default.conf', 'proxy.conf.template'], comment: '#' }],
]

const BYTE_ORDER_MARK = '\uFEFF'

/** Renders settings as one file of a drawn style, sometimes with CRLF line ends or a byte order mark. */
export function drawFile(random: Random, settings: readonly Setting[]): { readonly name: string; readonly text: MarkedText } {
  const style = random.weighted(STYLES)
  let text = style.render(settings, random)
  if (style.comment !== '' && random.chance(0.15))
    text = compose([`${style.comment} ${'='.repeat(random.int(10, 70))}\n${style.comment} owner: platform, do not share\n`, text], text.style)
  // A PEM inside a file with CRLF line ends would be another text than its canonical form.
  const isSingleLine = settings.every((setting) => !setting.text.includes('\n'))
  if (isSingleLine && random.chance(0.06)) text = escapeText(text, (part) => part.replaceAll('\n', '\r\n'))
  else if (random.chance(0.03)) text = compose([BYTE_ORDER_MARK, text], text.style)
  return { name: random.pick(style.names), text }
}
