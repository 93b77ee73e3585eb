/** A QR code as one path. The library is loaded when the first code is drawn. */

/** A square of cells, true is dark; the path is in cells, rows joined into runs. */
export function pathOf(cells: readonly (readonly boolean[])[]): string {
  let path = "";
  cells.forEach((row, y) => {
    let start = -1;
    for (let x = 0; x <= row.length; x += 1) {
      if (row[x] && start < 0) start = x;
      if (!row[x] && start >= 0) {
        path += `M${start} ${y}h${x - start}v1h-${x - start}z`;
        start = -1;
      }
    }
  });
  return path;
}

export async function qrOf(text: string): Promise<{ size: number; path: string }> {
  const { encode } = await import("uqr");
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  return { size, path: pathOf(data) };
}
