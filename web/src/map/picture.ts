/** The map as a picture to keep: SVG or PNG, with title, legend, source, licence and date inside. Fetched when asked for. */
import type { Europe } from '../geo/shapes'
import type { LayerValues } from '../lib/api/types'
import { save } from '../lib/csv'
import { date, named, number, t } from '../lib/i18n.svelte'
import type { Mark } from './mark'
import { bubbleRadius, type Class } from './scale'
import type { View } from './view'

export interface Picture {
  europe: Europe
  marks: Mark[]
  scale: Class[]
  values: LayerValues
  title: string
  most: number
  synthetic: boolean
  view: View
}

const WIDTH = 1200
const MARGIN = 36
const LEGEND = 290
const FONT = 'font-family="Arial, Helvetica, sans-serif"'

export async function savePicture(kind: 'svg' | 'png', picture: Picture): Promise<void> {
  const { svg, height } = draw(picture)
  const name = `${picture.values.layer}.${kind}`
  const drawing = new Blob([svg], { type: 'image/svg+xml;charset=utf-8' })
  save(name, kind === 'svg' ? drawing : await painted(drawing, height))
}

/** The drawing in pixels, twice as fine as its size, on white. */
async function painted(drawing: Blob, height: number): Promise<Blob> {
  const address = URL.createObjectURL(drawing)
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH * 2, height: height * 2 })
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise<Blob>((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('No picture'))), 'image/png'))
  } finally {
    URL.revokeObjectURL(address)
  }
}

export function draw({ europe, marks, scale, values, title, most, synthetic, view }: Picture): { svg: string; height: number } {
  const wide = WIDTH - 2 * MARGIN - LEGEND
  const factor = wide / view.width
  const tall = view.height * factor
  const top = synthetic ? 128 : 92
  const notes = noteLines(values, synthetic)
  const height = Math.round(top + tall + 30 + notes.length * 19 + 16)
  const shaped = marks.flatMap((mark) => {
    const shape = europe.shapes.get(mark.code)
    return shape ? [{ ...mark, shape }] : []
  })
  shaped.sort((a, b) => b.shape.size - a.shape.size)
  const regions = shaped.map(({ shape, colour, name, text }) => `<path d="${shape.path}" fill="${colour ?? 'url(#n)'}" stroke="#333" stroke-width="${0.6 / factor}"><title>${safe(`${name}: ${text}`)}</title></path>`)
  const small = shaped.filter(({ shape, bubble }) => bubble === null && Math.max(shape.box.width, shape.box.height) * factor < 10)
  const spots = small.map(({ shape, colour }) => `<circle cx="${shape.centre[0]}" cy="${shape.centre[1]}" r="${5 / factor}" fill="${colour ?? 'url(#n)'}" stroke="#333" stroke-width="${1 / factor}"/>`)
  const bubbles = shaped.flatMap(({ shape: { centre: [x, y] }, bubble, short }) =>
    bubble === null ? [] : [`<circle cx="${x}" cy="${y}" r="${bubble / factor}" fill="#0b3c49" fill-opacity=".88" stroke="#fff" stroke-width="${1 / factor}"/><text x="${x}" y="${y}" dy=".35em" text-anchor="middle" fill="#fff" ${FONT} font-weight="bold" font-size="${12 / factor}">${safe(short ?? '')}</text>`],
  )
  const insets = europe.insets.map(({ box: [x, y, w, h] }) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="#b6c2c2" stroke-width="${1 / factor}"/>`)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<title>${safe(title)}</title>
<defs><pattern id="n" width="${7 / factor}" height="${7 / factor}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="${7 / factor}" height="${7 / factor}" fill="#fff"/><rect width="${1.6 / factor}" height="${7 / factor}" fill="#9aa5a2"/></pattern>
<pattern id="m" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="1.6" height="6" fill="#9aa5a2"/></pattern></defs>
<rect width="100%" height="100%" fill="#fff"/>
${words(MARGIN, 50, title, 26, 'bold')}
${synthetic ? `<rect x="${MARGIN}" y="70" width="${WIDTH - 2 * MARGIN}" height="36" fill="#fff5dc" stroke="#d8a319"/>${words(MARGIN + 12, 93, `${t('provenance.demonstration')} ${t('map.synthetic')}`, 15, 'bold', '#5b3f00')}` : ''}
<svg x="${MARGIN}" y="${top}" width="${wide}" height="${tall}" viewBox="${view.x} ${view.y} ${view.width} ${view.height}">
<rect x="${view.x}" y="${view.y}" width="${view.width}" height="${view.height}" fill="#eef3f5"/><path d="${europe.land}" fill="#fbfcfb"/>${insets.join('')}
${regions.join('\n')}
<path d="${europe.borders}" fill="none" stroke="#8b989e" stroke-width="${0.9 / factor}"/>${spots.join('')}${bubbles.join('')}</svg>
${legend(WIDTH - MARGIN - LEGEND + 24, top + 16, values, scale, most)}
${notes.map((line, index) => words(MARGIN, top + tall + 30 + index * 19, line, 13, 'normal', '#465462')).join('\n')}
</svg>`
  return { svg, height }
}

function legend(x: number, y: number, values: LayerValues, scale: Class[], most: number): string {
  const head = words(x, y, values.kind === 'practices' ? t('layer.practices') : values.unit === 'class' ? '' : named('unit.long', values.unit, values.unit), 15, 'bold')
  if (values.kind === 'practices') {
    const counts = [...new Set([1, Math.max(1, Math.round(most / 4)), most])]
    return head + counts.map((count, index) => `<circle cx="${x + 24}" cy="${y + 40 + index * 58}" r="${bubbleRadius(count, most)}" fill="#0b3c49"/>${words(x + 62, y + 45 + index * 58, number(count, 0), 15)}`).join('')
  }
  const rows = [
    ...[...scale].reverse().map(({ from, to, colour }) => ({ fill: colour, text: values.unit === 'class' ? named('class', String(Math.round((from ?? (to ?? 1) - 1) + 0.5))) : from === null ? t('legend.below', { to: number(to ?? 0) }) : to === null ? t('legend.above', { from: number(from) }) : t('legend.between', { from: number(from), to: number(to) }) })),
    { fill: 'url(#m)', text: t('legend.none') },
  ]
  return head + rows.map(({ fill, text }, index) => `<rect x="${x}" y="${y + 16 + index * 28}" width="30" height="20" fill="${fill}" stroke="#333"/>${words(x + 42, y + 31 + index * 28, text, 15)}`).join('')
}

function noteLines(values: LayerValues, synthetic: boolean): string[] {
  return [
    [values.source ? `${t('source.label')} ${values.source}.` : '', values.licence ? `${t('licence.label')} ${values.licence}.` : ''].join(' ').trim(),
    `© EuroGeographics ${t('footer.boundaries')}.`,
    `${t('site.name')}, ${window.location.origin}, ${date(new Date().toISOString())}.${synthetic ? ` ${t('provenance.demonstration')}` : ''}`,
  ].filter(Boolean)
}

const words = (x: number, y: number, text: string, size: number, weight = 'normal', fill = '#17212b'): string =>
  `<text x="${x}" y="${y}" ${FONT} font-size="${size}" font-weight="${weight}" fill="${fill}">${safe(text)}</text>`

const safe = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
