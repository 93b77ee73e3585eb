/** The notices that a page shows: what it fetched, and what events make of it in whatever order they come. Pure. */
import type { Notice, UserEvent } from "./wire";

export interface InboxState {
  notices: Record<number, Notice>;
  removed: ReadonlySet<number>;
  /** Every notice is read as far as its `seq` is not above this. */
  allReadThrough: number;
  /** The same for single notices, by id. */
  readThrough: Record<number, number>;
}

export const EMPTY_INBOX: InboxState = { notices: {}, removed: new Set(), allReadThrough: 0, readThrough: {} };

export function withNotices(state: InboxState, fetched: Notice[]): InboxState {
  const notices = { ...state.notices };
  for (const notice of fetched) {
    const known = notices[notice.id];
    if (!known || notice.seq >= known.seq) notices[notice.id] = notice;
  }
  return { ...state, notices };
}

export function reduceInbox(state: InboxState, event: UserEvent): InboxState {
  switch (event.type) {
    case "notice.added":
      return withNotices(state, [event.notice]);
    case "notice.removed":
      return { ...state, removed: new Set([...state.removed, event.notice]) };
    case "notice.read": {
      if (event.notice === null) {
        return { ...state, allReadThrough: Math.max(state.allReadThrough, event.through) };
      }
      const through = Math.max(state.readThrough[event.notice] ?? 0, event.through);
      return { ...state, readThrough: { ...state.readThrough, [event.notice]: through } };
    }
    default:
      return state;
  }
}

/** Those with the latest news first. */
export function shownNotices(state: InboxState): Notice[] {
  return Object.values(state.notices)
    .filter((notice) => !state.removed.has(notice.id))
    .map((notice) => {
      const through = Math.max(state.allReadThrough, state.readThrough[notice.id] ?? 0);
      return notice.read || notice.seq > through ? notice : { ...notice, read: true };
    })
    .sort((one, other) => other.seq - one.seq);
}
