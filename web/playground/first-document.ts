/** What a first visit finds in the editor: one query and one mutation that work as they stand. */
export const firstDocument = `# Press Ctrl-Enter (or ⌘-Enter) to run the operation under the cursor.
# Press Ctrl-Space for what can stand there; the book on the left is the whole schema.

# Who is calling, and the five newest tasks that are still open.
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

# The same idempotencyKey makes one task, however often this is run.
mutation AddTask {
  createTask(
    input: { title: "Try the API", priority: LOW, idempotencyKey: "my-first-task" }
  ) {
    task {
      id
      title
      createdAt
    }
  }
}
`
