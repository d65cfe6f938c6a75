/** The editor's content on the first visit: a query and a mutation that work unchanged. */
export const firstDocument = `# Ctrl-Enter (⌘-Enter) runs an operation.
# Ctrl-Space shows suggestions.
# The book on the left opens the schema.

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

# Repeated runs with the same key
# create one task.
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
