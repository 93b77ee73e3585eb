/**
 * While any sheet is open, the history has one entry more: going back closes the sheet on top instead of leaving the
 * page. All sheets share that entry, so that one may close while another opens.
 */
interface Sheet {
  close: () => void;
}

const open: Sheet[] = [];
let hasEntry = false;
let expected = 0;
let pending: ReturnType<typeof setTimeout> | undefined;

const isOurs = () => (history.state as { sheet?: boolean } | null)?.sheet === true;

function settle(): void {
  pending = undefined;
  if (open.length && !hasEntry) {
    history.pushState({ ...history.state, sheet: true }, "");
    hasEntry = true;
  } else if (!open.length && hasEntry) {
    hasEntry = false;
    if (isOurs()) {
      expected += 1;
      history.back();
    }
  }
}

function settleSoon(): void {
  pending ??= setTimeout(settle, 0);
}

window.addEventListener("popstate", () => {
  if (expected > 0) {
    expected -= 1;
    return;
  }
  if (!hasEntry) return;
  hasEntry = false;
  open.at(-1)?.close();
  settleSoon();
});

export function sheetOpened(sheet: Sheet): void {
  open.push(sheet);
  settleSoon();
}

export function sheetClosed(sheet: Sheet): void {
  const index = open.indexOf(sheet);
  if (index >= 0) open.splice(index, 1);
  settleSoon();
}

/** When the page changes, its sheets go with it. */
export function closeSheets(): void {
  for (const sheet of [...open]) sheet.close();
}
