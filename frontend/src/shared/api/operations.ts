/** What each call of the REST side takes and answers, read off the generated OpenAPI types. */
import type { paths } from "./schema.generated";

export type Method = "get" | "post" | "put" | "patch" | "delete";

export interface Sent {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | undefined>;
  /** An object is sent as JSON, a FormData as it is. */
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** The paths that can be asked that way. */
export type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Content<C> =
  | (C extends { "application/json": infer Json } ? Json : never)
  | ("multipart/form-data" extends keyof C ? FormData : never);

type Body<O> =
  O extends { requestBody: { content: infer C } } ? { body: Content<C> }
    : O extends { requestBody?: { content: infer C } } ? { body?: Content<C> }
      : { body?: never };

type Parameters<O> = O extends { parameters: infer P } ? Pick<P, keyof P & ("path" | "query")> : never;

type OptionsOf<O> = O extends unknown ? Parameters<O> & Body<O> & Pick<Sent, "idempotencyKey" | "signal"> : never;

/** What is right for each of several. */
type Each<U> = (U extends unknown ? (one: U) => void : never) extends (one: infer All extends Sent) => void
  ? All
  : never;

/** Of several paths at once, the options must be right for each of them. */
type Options<P extends keyof paths, M extends Method> = Each<OptionsOf<paths[P][M]>>;

export type Query<P extends PathWith<"get">> = NonNullable<Options<P, "get">["query"]>;

/** The options as an argument, which may be left out where nothing in them is needed. */
export type Given<P extends keyof paths, M extends Method> = Partial<Options<P, M>> extends Options<P, M>
  ? [Options<P, M>?]
  : [Options<P, M>];

type Done = 200 | 201 | 202 | 204;

type Answered<R> = {
  [S in keyof R & Done]: R[S] extends { content: { "application/json": infer Json } } ? Json : null;
}[keyof R & Done];

/** What came of it; null where nothing is answered. */
type Answer<O> = O extends { responses: infer R } ? Answered<R> : never;

export type Call<M extends Method> = <P extends PathWith<M>>(
  path: P,
  ...options: Given<P, M>
) => Promise<Answer<paths[P][M]>>;
