/*
 * What a migration must not do while the version before serves requests: docs/decisions/0040. A
 * migration that ends an expansion says so in its first line: `-- contract: ` and the release that
 * stopped using what it drops.
 */

type Rule = { pattern: RegExp; advice: string }

const drops: Rule[] = [
  {
    pattern: /\bDROP\s+(TABLE|COLUMN|TYPE|FUNCTION)\b/i,
    advice: 'drops what the version before may use; drop it one release later, with -- contract:',
  },
  {
    pattern: /\bRENAME\b/i,
    advice: 'renames what the version before uses; add the new name, and drop the old one later',
  },
  {
    pattern: /\bSET\s+NOT\s+NULL\b/i,
    advice: 'refuses rows of the version before, and reads the whole table; use a check NOT VALID',
  },
]

/** Long under a lock, on a table that exists already. */
const locks: Rule[] = [
  {
    pattern: /\bALTER\s+COLUMN\b.*\bTYPE\b/is,
    advice: 'rewrites the table; add a column, and fill it in batches',
  },
  {
    pattern: /\bADD\s+COLUMN\b.*\bGENERATED\b.*\bSTORED\b/is,
    advice: 'rewrites the table; add a column, and fill it in batches',
  },
  {
    pattern: /\bADD\s+COLUMN\b.*\bDEFAULT\s+(\w*random\w*|clock_timestamp|uuid\w*|nextval)\(/is,
    advice: 'rewrites the table, because the default is volatile; add it without a default',
  },
  {
    pattern: /\bADD\s+COLUMN\b(?!.*\bDEFAULT\b).*\bNOT\s+NULL\b/is,
    advice: 'fails on existing rows, and on those of the version before; add a default',
  },
  {
    pattern: /\bADD\s+(CONSTRAINT\b.*)?(CHECK|FOREIGN\s+KEY)\b(?!.*\bNOT\s+VALID\b)/is,
    advice: 'reads the whole table under a lock; add it NOT VALID, and validate it later',
  },
  {
    pattern: /\bADD\s+(CONSTRAINT\b.*)?(UNIQUE|PRIMARY\s+KEY)\b(?!.*\bUSING\s+INDEX\b)/is,
    advice: 'builds an index under a lock; create it concurrently, and add it USING INDEX',
  },
  {
    pattern: /^\s*CREATE\s+(UNIQUE\s+)?INDEX\b(?!\s+CONCURRENTLY)/i,
    advice: 'blocks writes while it is built; write CREATE INDEX CONCURRENTLY',
  },
  {
    pattern: /^\s*(UPDATE|DELETE\s+FROM)\b/i,
    advice: 'locks every row that it changes; do it in batches after the start',
  },
]

/** The faults of a migration, each with its statement and what to do. Empty: it keeps the rules. */
export function findFaults(statements: readonly string[]): string[] {
  const bare = statements.map((statement) => statement.replace(/--.*$/gm, '').trim())
  const created = bare.flatMap(
    (text) => /^CREATE\s+(?:UNLOGGED\s+)?TABLE\s+"?(\w+)/i.exec(text)?.[1] ?? [],
  )
  const isContract = /^-- contract: \S/.test(statements[0] ?? '')
  const faults = bare.flatMap((text) => {
    if (/^(DO|CREATE\s+(OR\s+REPLACE\s+)?FUNCTION)\b/i.test(text)) return [] // reviewed by eye
    const isNew = created.some((table) => new RegExp(`\\b${table}\\b`).test(text))
    const rules = [...(isContract ? [] : drops), ...(isNew ? [] : locks)]
    return rules
      .filter(({ pattern }) => pattern.test(text))
      .map(({ advice }) => `${text.slice(0, 60)} … ${advice}`)
  })
  const locked = [...new Set(bare.flatMap(listLocked))].filter((table) => !created.includes(table))
  if (locked.length > 1)
    faults.push(
      `locks ${locked.join(' and ')}, which deadlocks with a writer of both; give each a migration`,
    )
  const isMixed = bare.some(isConcurrentIndex) && !bare.every(isConcurrentIndex)
  return isMixed
    ? [...faults, 'CONCURRENTLY runs outside of a transaction; put it in a migration of its own']
    : faults
}

/** The tables that writers wait for. */
function listLocked(text: string): string[] {
  const lock =
    /^(?:ALTER\s+TABLE|(?:CREATE|DROP)\s+(?:OR\s+REPLACE\s+)?TRIGGER\b.*?\bON)\s+"?(\w+)/is.exec(
      text,
    )
  return lock?.[1] ? [lock[1]] : []
}

/** DROP IF EXISTS comes first: an attempt that failed leaves an invalid index. */
function isConcurrentIndex(text: string): boolean {
  return /^(CREATE\s+(UNIQUE\s+)?|DROP\s+)INDEX\s+CONCURRENTLY\b/i.test(text)
}
