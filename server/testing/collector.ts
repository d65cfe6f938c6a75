import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import protobuf from 'protobufjs'

/** Of opentelemetry-proto 1.0, the fields that tests read. */
const definitions = `
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`
const { root } = protobuf.parse(definitions)
const requestType = root.lookupType('ExportTraceServiceRequest')

/** Ids are hexadecimal. `kind`: 2 is a server, 3 a client. `status`: 2 is an error. */
export type ReceivedSpan = {
  traceId: string
  id: string
  parentId: string
  name: string
  kind: number
  status: number
  attributes: Attributes
  resource: Attributes
}

type Attributes = Record<string, string | number | boolean>
type KeyValue = { key: string; value: Record<string, string | number | boolean> }
type Decoded = {
  resourceSpans: {
    resource: { attributes: KeyValue[] }
    scopeSpans: { spans: DecodedSpan[] }[]
  }[]
}
type DecodedSpan = {
  traceId: string
  spanId: string
  parentSpanId: string
  name: string
  kind: number
  status?: { code: number }
  attributes: KeyValue[]
}

export type Collector = Awaited<ReturnType<typeof startCollector>>

/** A receiver of OTLP over HTTP on a free port. It has what it received since its start. */
export async function startCollector() {
  const spans: ReceivedSpan[] = []
  const requests: { path: string; token: string | undefined; bytes: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request)
    requests.push({ path: request.url ?? '', token: request.headers['x-token']?.toString(), bytes })
    spans.push(...decode(bytes))
    response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function decode(bytes: Buffer): ReceivedSpan[] {
  const message = requestType.decode(bytes)
  const { resourceSpans } = requestType.toObject(message, {
    bytes: String,
    longs: Number,
    arrays: true,
  }) as Decoded
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => toReceived(span, toAttributes(resource.attributes))),
    ),
  )
}

function toReceived(span: DecodedSpan, resource: Attributes): ReceivedSpan {
  const { name, kind, attributes } = span
  return {
    traceId: toHex(span.traceId),
    id: toHex(span.spanId),
    parentId: toHex(span.parentSpanId),
    name,
    kind,
    status: span.status?.code ?? 0,
    attributes: toAttributes(attributes),
    resource,
  }
}

function toHex(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('hex')
}

function toAttributes(pairs: KeyValue[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0] ?? '']))
}
