/** The editor's content on the first visit: a query and a mutation that work unchanged. */
export const firstDocument = `# Ctrl-Enter (⌘-Enter) runs an operation.
# Ctrl-Space shows what can stand here.
# The book on the left is the whole schema.

# Who is calling, and the newest open tasks.
query WhatIsOpen {
  viewer {
    email
    scopes
  }
  tasks(first: 5, filter: { completed: false }) {
    totalCount
    nodes {
      id
      title
      dueOn
      priority
      labels
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

# The same key makes one task, however
# often this is run.
mutation AddTask {
  createTask(
    input: {
      title: "Try the API"
      priority: LOW
      idempotencyKey: "first-task"
    }
  ) {
    task {
      id
      title
      createdAt
    }
  }
}
`
