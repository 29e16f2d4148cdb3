/** The page's only script: filters, "open all", and opening everything for print. Without it the page still shows everything. */
export const SCRIPT = `
'use strict'
const rows = [...document.querySelectorAll('details.secret')]
const search = document.querySelector('#search')
const namespace = document.querySelector('#namespace')
const usage = document.querySelector('#usage')
const levels = [...document.querySelectorAll('button.tile')]
const count = document.querySelector('#count')
const nothing = document.querySelector('#nothing')
const reset = document.querySelector('#reset')
const openAll = document.querySelector('#open-all')
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]))

function apply() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  const wanted = levels.filter((tile) => tile.getAttribute('aria-pressed') === 'true').map((tile) => tile.dataset.level)
  let shown = 0
  for (const row of rows) {
    const text = texts.get(row)
    const fits =
      (wanted.length === 0 || wanted.includes(row.dataset.level)) &&
      (namespace.value === '' || JSON.parse(row.dataset.namespaces).includes(namespace.value)) &&
      (usage.value === '' || row.dataset.usage.split(' ').includes(usage.value)) &&
      words.every((word) => text.includes(word))
    row.hidden = !fits
    if (fits) shown += 1
  }
  const filtered = shown !== rows.length
  count.textContent = filtered ? shown + ' of ' + rows.length + ' shown' : rows.length + ' shown'
  nothing.hidden = shown > 0 || rows.length === 0
  reset.hidden = !filtered
}

function clear() {
  search.value = namespace.value = usage.value = ''
  for (const tile of levels) tile.setAttribute('aria-pressed', 'false')
  apply()
}

for (const tile of levels) {
  tile.addEventListener('click', () => {
    tile.setAttribute('aria-pressed', String(tile.getAttribute('aria-pressed') !== 'true'))
    apply()
  })
}
for (const button of document.querySelectorAll('button[data-find]')) {
  button.addEventListener('click', () => {
    clear()
    search.value = button.dataset.find
    apply()
    document.querySelector('#secrets').scrollIntoView()
    search.focus({ preventScroll: true })
  })
}
search.addEventListener('input', apply)
namespace.addEventListener('change', apply)
usage.addEventListener('change', apply)
reset.addEventListener('click', clear)
openAll.addEventListener('click', () => {
  const open = openAll.getAttribute('aria-pressed') !== 'true'
  openAll.setAttribute('aria-pressed', String(open))
  openAll.textContent = open ? 'Close all' : 'Open all'
  for (const row of rows) row.open = open
})
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape' && document.activeElement === search) clear()
})
let closedBefore = []
addEventListener('beforeprint', () => {
  closedBefore = rows.filter((row) => !row.open)
  for (const row of closedBefore) row.open = true
})
addEventListener('afterprint', () => {
  for (const row of closedBefore) row.open = false
})
for (const control of document.querySelectorAll('[data-needs-script]')) control.hidden = false
apply()
`
