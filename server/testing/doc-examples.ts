/** A block of a document that is a file, a command to run, or what that command prints. */
export type Step =
  | { kind: 'file'; name: string; content: string }
  | { kind: 'run'; heading: string; command: string; output: string }

/**
 * What a reader does who follows a document: blocks with a file name are written, blocks that say
 * `run` are run, and print what stands in the block that says `output` after them. All other
 * blocks are only to be read.
 */
export function stepsIn(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)]
  return blocks.flatMap(([, , mark = '', content = ''], position): Step[] => {
    if (mark.includes('.')) return [{ kind: 'file', name: mark, content }]
    if (mark !== 'run') return []
    const [, , next, output = ''] = blocks[position + 1] ?? []
    if (next !== 'output') throw new Error(`Nothing says what this prints:\n${content}`)
    const heading = headingBefore(markdown, blocks[position]?.index)
    return [{ kind: 'run', heading, command: content, output }]
  })
}

function headingBefore(markdown: string, index: number | undefined): string {
  const [, heading = ''] = [...markdown.slice(0, index).matchAll(/^#+ (.+)$/gm)].at(-1) ?? []
  return heading
}
