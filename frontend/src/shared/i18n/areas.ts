/** The messages of a language: a file an area, named by it. `{"./cart.json": …}` becomes `{cart: …}`. */
export function areas(files: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(files).map(([path, texts]) => [path.slice(2, -".json".length), texts]));
}
