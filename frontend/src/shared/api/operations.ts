/** What each call of the REST side takes and answers, read off the generated OpenAPI types. */
import type { paths } from "./schema.generated";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that can be asked that way. */
export type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type OperationOf<P extends keyof paths, M extends Method> = paths[P][M];

type Content<C> =
  | (C extends { "application/json": infer Json } ? Json : never)
  | ("multipart/form-data" extends keyof C ? FormData : never);

type BodyOf<O> =
  O extends { requestBody: { content: infer C } } ? { body: Content<C> }
    : O extends { requestBody?: infer B }
      ? NonNullable<B> extends { content: infer C } ? { body?: Content<C> } : { body?: never }
      : never;

type ParametersOf<O> = O extends { parameters: infer P } ? Pick<P, keyof P & ("path" | "query")> : never;

type OptionsOf<O> = O extends unknown
  ? ParametersOf<O> & BodyOf<O> & Pick<Sent, "idempotencyKey" | "signal">
  : never;

export interface Sent {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | undefined>;
  /** An object is sent as JSON, a FormData as it is. */
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** What is right for each of several. */
type Each<U> = (U extends unknown ? (one: U) => void : never) extends (one: infer All extends Sent) => void
  ? All
  : never;

/** Of several paths at once, the options must be right for each of them. */
export type Options<P extends keyof paths, M extends Method> = Each<OptionsOf<OperationOf<P, M>>>;

export type Query<P extends PathWith<"get">> = NonNullable<Options<P, "get">["query"]>;

type Answered<R> = {
  [S in keyof R & (200 | 201 | 202 | 204)]: R[S] extends { content: { "application/json": infer Json } } ? Json : null;
}[keyof R & (200 | 201 | 202 | 204)];

type AnswerOf<O> = O extends { responses: infer R } ? Answered<R> : never;

/** What came of it; null where nothing is answered. */
export type Answer<P extends keyof paths, M extends Method> = AnswerOf<OperationOf<P, M>>;

export type Given<P extends keyof paths, M extends Method> = Partial<Options<P, M>> extends Options<P, M>
  ? [Options<P, M>?]
  : [Options<P, M>];

export type Call<M extends Method> = <P extends PathWith<M>>(
  path: P,
  ...options: Given<P, M>
) => Promise<Answer<P, M>>;
