/** What the head of a JPEG file says: its quality, as src/srcnn/files/jpeg_tables.py reads it, and its components. */

export interface JpegHead {
  /** 1 to 100, as libjpeg counts; the nearest where the tables are others than libjpeg's. */
  quality: number;
  components: number;
}

// ITU-T T.81, table K.1, row by row.
const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const START_OF_IMAGE = 0xffd8;
const TABLES = 0xffdb;
const START_OF_SCAN = 0xffda;
/** Markers of frames: those of C0 to CF that are none of tables or arithmetic coding. */
const NO_FRAMES = [0xffc4, 0xffc8, 0xffcc];

/** The head of a JPEG; null for a file of another kind, or one without tables. */
export function readJpegHead(bytes: Uint8Array): JpegHead | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== START_OF_IMAGE) return null;
  const tables = new Map<number, number[]>();
  let frame: { components: number; table: number } | null = null;
  let at = 2;
  while (at + 4 <= view.byteLength) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at += 1; // fill bytes
      continue;
    }
    if (marker < 0xff00 || marker === START_OF_SCAN) break;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > view.byteLength) break;
    if (marker === TABLES) readTables(view, at + 4, end, tables);
    if (marker >= 0xffc0 && marker <= 0xffcf && !NO_FRAMES.includes(marker)) {
      frame = { components: view.getUint8(at + 9), table: view.getUint8(at + 12) };
    }
    at = end;
  }
  const table = frame === null ? undefined : tables.get(frame.table);
  return frame === null || table === undefined ? null : { quality: nearest(table), components: frame.components };
}

function readTables(view: DataView, from: number, end: number, tables: Map<number, number[]>): void {
  let at = from;
  while (at < end) {
    const kind = view.getUint8(at++);
    const size = kind >> 4 === 0 ? 1 : 2;
    if (at + 64 * size > end) return;
    const values = Array.from({ length: 64 }, (_, n) => (size === 1 ? view.getUint8(at + n) : view.getUint16(at + 2 * n)));
    tables.set(kind & 15, values);
    at += 64 * size;
  }
}

/** The quality whose table is nearest, by the sum of squared differences. */
function nearest(zigzag: number[]): number {
  const order = zigzagOrder();
  let [best, least] = [1, Infinity];
  for (let quality = 1; quality <= 100; quality++) {
    const table = lumaTable(quality);
    const error = zigzag.reduce((sum, value, n) => sum + (value - table[order[n]]) ** 2, 0);
    if (error < least) [best, least] = [quality, error];
  }
  return best;
}

/** The table that libjpeg makes for a quality: its jpeg_quality_scaling and jpeg_add_quant_table. */
function lumaTable(quality: number): number[] {
  const percent = coarseness(quality);
  return LUMA.map((value) => Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100))));
}

/** The percentage that libjpeg multiplies its tables with. */
export function coarseness(quality: number): number {
  return quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
}

/** Places in rows of 8, in the order in which a file has them. */
function zigzagOrder(): number[] {
  const places = Array.from({ length: 64 }, (_, place) => ({ place, row: place >> 3, column: place & 7 }));
  const rank = ({ row, column }: { row: number; column: number }): number =>
    100 * (row + column) + ((row + column) % 2 === 0 ? column : row);
  return places.sort((one, other) => rank(one) - rank(other)).map(({ place }) => place);
}
