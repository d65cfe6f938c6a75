import { setTimeout as sleep } from 'node:timers/promises'
import { askGraphql, type Writer } from '../faults/load.ts'

/** What clients saw during a part of the upgrade. */
export type Phase = { seconds: number; requests: number; refused: number; longestMs: number }

export type Traffic = {
  phases: Record<string, Phase>
  /** The next requests belong to the phase of this name, and go to these URLs in turn. */
  enter: (phase: string, urls: string[]) => void
  stop: () => Promise<void>
  /** Answers other than 200 without errors; the first of them. */
  refusals: string[]
}

type Variables = { id: string; title: string; labels: string[] }

const operations = [
  `mutation ($title: String!, $labels: [String!]!) {
    createTask(input: { title: $title, labels: $labels }) { task { id } } }`,
  '{ tasks(first: 20) { totalCount nodes { id title labels } } }',
  '{ tasks(first: 20, filter: { search: "straße" }) { totalCount nodes { id title } } }',
  'mutation ($id: ID!) { completeTask(input: { id: $id }) { task { id } } }',
  '{ tasks(first: 20, filter: { search: "garden letter" }) { nodes { id title } } }',
  `mutation ($id: ID!, $title: String!, $labels: [String!]!) {
    updateTask(input: { id: $id, title: $title, labels: $labels }) { task { id } } }`,
  '{ tasks(first: 20, filter: { labels: ["Water"] }) { nodes { id title } } }',
  '{ labels { name taskCount } }',
]

const newPhase = (): Phase => ({ seconds: 0, requests: 0, refused: 0, longestMs: 0 })

const lanesOfEach = 3
const pauseMs = 10

/** Each writer sends all operations in turn, in three concurrent lanes. */
export function startTraffic(writers: Writer[], firstPhase: string, firstUrls: string[]): Traffic {
  let isStopped = false
  let sent = 0
  let urls = firstUrls
  let phase = newPhase()
  let enteredAt = performance.now()
  const phases: Traffic['phases'] = { [firstPhase]: phase }
  const refusals: string[] = []
  const send = async (writer: Writer, query: string, variables: Variables) => {
    const url = urls[sent++ % urls.length] ?? writer.url
    const own = phase
    const since = performance.now()
    const answer = await ask({ ...writer, url }, query, variables)
    own.requests += 1
    own.longestMs = Math.max(own.longestMs, Math.round(performance.now() - since))
    if (answer.refusal === undefined) return answer.id
    own.refused += 1
    refusals.push(`${url}: ${answer.refusal}`)
    return undefined
  }
  const lane = async (writer: Writer) => {
    let id = ''
    for (let n = 0; !isStopped; n++) {
      const title = n % 2 ? `Straße ${n}` : `Garden ${n}`
      const variables = { id, title, labels: n % 3 ? ['Water'] : ['Maß', 'Home'] }
      id = (await send(writer, operations[n % operations.length] ?? '', variables)) ?? id
      await sleep(pauseMs)
    }
  }
  const endPhase = () => {
    phase.seconds = Math.round((performance.now() - enteredAt) / 100) / 10
    enteredAt = performance.now()
  }
  const lanes = writers.flatMap((writer) => Array.from({ length: lanesOfEach }, () => lane(writer)))
  return {
    phases,
    refusals,
    enter(name, to) {
      endPhase()
      phase = newPhase()
      phases[name] = phase
      urls = to
    },
    async stop() {
      isStopped = true
      await Promise.all(lanes)
      endPhase()
    },
  }
}

type Payload = { createTask?: { task: { id: string } } } | null

async function ask(writer: Writer, query: string, variables: Variables) {
  try {
    const { status, body } = await askGraphql(writer, query, variables)
    const { data, errors } = JSON.parse(body) as { data: Payload; errors?: unknown }
    if (status !== 200 || errors) return { refusal: `${status} ${body.slice(0, 300)}` }
    return { id: data?.createTask?.task.id }
  } catch (error) {
    return { refusal: String(error) }
  }
}
