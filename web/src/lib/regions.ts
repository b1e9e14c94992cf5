import type { RegionItem } from './api/types'
import { folded } from './format'

type Named = Pick<RegionItem, 'name' | 'names'>

/** The region's name in a language; its English name where that language has none of its own. */
export const regionName = (region: Named, language: string): string => region.names?.[language] ?? region.name

/** Regions that a few letters may mean, best first: names that begin so, then a word that does, then any match. */
export function matching(regions: RegionItem[], letters: string, language: string, most = 8): RegionItem[] {
  const wanted = folded(letters.trim())
  if (!wanted) return []
  const place = (region: RegionItem): number => {
    const names = [regionName(region, language), region.name, ...Object.values(region.names ?? {}), region.lab_label ?? '', region.code, region.country].map(folded)
    if (names.slice(0, 2).some((name) => name.startsWith(wanted))) return 0
    if (names.some((name) => name.startsWith(wanted))) return 1
    if (names.some((name) => name.split(/[\s(/'-]+/).some((word) => word.startsWith(wanted)))) return 2
    return names.some((name) => name.includes(wanted)) ? 3 : 4
  }
  const placed = regions.map((region) => ({ region, rank: place(region) })).filter(({ rank }) => rank < 4)
  placed.sort((a, b) => a.rank - b.rank || Number(b.region.in_mipex_r) - Number(a.region.in_mipex_r) || a.region.name.localeCompare(b.region.name))
  return placed.slice(0, most).map(({ region }) => region)
}
