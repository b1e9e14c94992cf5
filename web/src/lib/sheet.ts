/** A chart as a picture to keep: title, label, source, licence and date stand inside. Fetched when asked for. */
import { save } from './csv'
import { date, t } from './i18n.svelte'

export interface Sheet {
  /** Name of the file, without ending. */
  name: string
  title: string
  synthetic: boolean
  /** SVG of the chart, drawn from 0,0 in CSS pixels. */
  body: string
  width: number
  height: number
  source: string
  licence: string
}

export type PictureKind = 'svg' | 'png'

const MARGIN = 32
const FONT = 'font-family="Arial, Helvetica, sans-serif"'

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A line of text; `anchor` as SVG has it. */
export const line = (x: number, y: number, text: string, size = 13, weight = 'normal', anchor = 'start', fill = '#17212b'): string =>
  `<text x="${x}" y="${y}" ${FONT} font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${fill}">${escaped(text)}</text>`

export async function saveSheet(kind: PictureKind, sheet: Sheet): Promise<void> {
  const { svg, width, height } = sheetOf(sheet, window.location.origin, date(new Date().toISOString()))
  const drawing = new Blob([svg], { type: 'image/svg+xml;charset=utf-8' })
  save(`${sheet.name}.${kind}`, kind === 'svg' ? drawing : await painted(drawing, width, height))
}

export function sheetOf({ title, synthetic, body, width, height, source, licence }: Sheet, origin: string, today: string): { svg: string; width: number; height: number } {
  const top = synthetic ? 112 : 76
  const notes = [`${t('source.label')} ${source}. ${t('licence.label')} ${licence}.`, `${t('site.name')}, ${origin}, ${today}.`]
  const [whole, high] = [width + 2 * MARGIN, top + height + 30 + notes.length * 19]
  const label = synthetic ? `<rect x="${MARGIN}" y="62" width="${width}" height="34" fill="#fff5dc" stroke="#d8a319"/>${line(MARGIN + 12, 84, `${t('provenance.demonstration')} ${t('map.synthetic')}`, 13, 'bold', 'start', '#5b3f00')}` : ''
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${high}" viewBox="0 0 ${whole} ${high}"><title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>${line(MARGIN, 44, title, 22, 'bold')}${label}
<g transform="translate(${MARGIN} ${top})">${body}</g>
${notes.map((note, index) => line(MARGIN, top + height + 30 + index * 19, note, 12, 'normal', 'start', '#465462')).join('')}</svg>`
  return { svg, width: whole, height: high }
}

/** The drawing as PNG at twice its size, so that it is sharp in print. */
export async function painted(drawing: Blob, width: number, height: number): Promise<Blob> {
  const address = URL.createObjectURL(drawing)
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [width * 2, height * 2]
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'))
  } finally {
    URL.revokeObjectURL(address)
  }
}
