import { execFile } from 'node:child_process'
import { mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/**
 * Creates a folder as a reader does, with `npm init -y`.
 * @param packages the folder that has `node_modules` with the packages of the examples.
 */
export async function openReaderFolder(packages = root): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-docs-'))
  await promisify(execFile)('npm', ['init', '-y'], { cwd: folder })
  // What npm 11 writes. Older versions write no type, which means the same.
  await promisify(execFile)('npm', ['pkg', 'set', 'type=commonjs'], { cwd: folder })
  await symlink(join(packages, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** A code block of a document: a file, or a command with its expected output. */
export type Step =
  | { kind: 'file'; name: string; content: string }
  | { kind: 'run'; heading: string; command: string; output: string }

/**
 * The steps of a reader who follows a document. A block with a file name is written. A block marked
 * `run` is run and must print the next block, which is marked `output`. Other blocks are ignored.
 */
export function stepsIn(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)]
  return blocks.flatMap(([, , mark = '', content = ''], position): Step[] => {
    if (mark.includes('.')) return [{ kind: 'file', name: mark, content }]
    if (mark !== 'run') return []
    const [, , next, output = ''] = blocks[position + 1] ?? []
    if (next !== 'output') throw new Error(`No output block follows this command:\n${content}`)
    const heading = headingBefore(markdown, blocks[position]?.index)
    return [{ kind: 'run', heading, command: content, output }]
  })
}

export type Run = Extract<Step, { kind: 'run' }>
export type File = Extract<Step, { kind: 'file' }>

/** Each command with the files that precede it. */
export function runsIn(steps: Step[]): [heading: string, run: Run, files: File[]][] {
  return steps.flatMap((step, index) =>
    step.kind === 'run' ? [[step.heading, step, filesIn(steps.slice(0, index))]] : [],
  )
}

export function filesIn(steps: Step[]): File[] {
  return steps.filter((step) => step.kind === 'file')
}

function headingBefore(markdown: string, index: number | undefined): string {
  const [, heading = ''] = [...markdown.slice(0, index).matchAll(/^#+ (.+)$/gm)].at(-1) ?? []
  return heading
}
