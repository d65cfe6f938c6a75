/** Example operations. The first line of each says what it shows. */
export const examples = [
  {
    title: 'What is due',
    document: `# Open tasks, the most urgent first.
query WhatIsDue {
  tasks(
    first: 10
    filter: { completed: false, dueOnOrBefore: "2099-12-31" }
    orderBy: { field: DUE_ON, direction: ASC }
  ) {
    nodes {
      title
      dueOn
      priority
    }
  }
}
`,
  },
  {
    title: 'Page by page',
    document: `# Put endCursor into the variables as
# {"after": "…"} until hasNextPage is false.
query PageByPage($after: String) {
  tasks(first: 2, after: $after) {
    nodes {
      title
      createdAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  {
    title: 'A retry that is safe',
    document: `# Run it twice: the same idempotencyKey
# with the same input makes one task.
mutation AddOnce {
  createTask(
    input: {
      title: "Call the printer"
      priority: HIGH
      labels: ["office"]
      idempotencyKey: "example-1"
    }
  ) {
    task {
      id
      createdAt
    }
  }
}
`,
  },
  {
    title: 'An update that fails after another change',
    document: `# Take id and updatedAt from a task. If it has
# changed since, the answer is CONFLICT.
mutation ChangeIfCurrent($id: ID!, $seen: DateTime!) {
  updateTask(input: { id: $id, priority: LOW, ifUpdatedAt: $seen }) {
    task {
      priority
      updatedAt
    }
  }
}
`,
  },
  {
    title: 'Follow changes',
    document: `# Leave it running, and change a task elsewhere.
subscription FollowChanges {
  taskChanged {
    kind
    taskId
    task {
      title
      completed
    }
  }
}
`,
  },
  {
    title: 'Ask what an operation would need',
    document: `# Runs nothing: it only reads the rules.
query WhatWouldItNeed {
  operationAccess(
    document: "mutation { deleteCompletedTasks { deletedTaskIds } }"
  ) {
    allowed
    requiredScopes
    missingScopes
    tokenUrl
  }
}
`,
  },
] as const
