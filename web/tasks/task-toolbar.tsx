import { type RefObject, useId, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { TaskFilters } from './task-filters.tsx'
import { TaskSearch } from './task-search.tsx'
import { TaskSort } from './task-sort.tsx'
import styles from './task-toolbar.module.css'
import { useView } from './use-view.ts'
import { countConditions, withoutConditions } from './view.ts'

/** Search, order and filters. All are in the URL, and each change is one history entry. */
export function TaskToolbar({ search }: { search: RefObject<HTMLInputElement | null> }) {
  const id = useId()
  const [view, change] = useView()
  const [open, setOpen] = useState(false)
  const conditions = countConditions({ ...view, search: '' })
  return (
    <>
      <div className={styles.toolbar}>
        <TaskSearch
          input={search}
          value={view.search}
          // One history entry for a search, not one for each pause.
          onSearch={(text) => change({ search: text }, { replace: view.search !== '' })}
        />
        <TaskSort order={view.order} onSort={(order) => change({ order })} />
        <Button
          className={styles.toggle}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setOpen(!open)}
        >
          <Icon name="sliders" />
          Filters
          {conditions > 0 && <span className={styles.count}>{conditions}</span>}
        </Button>
        {countConditions(view) > 0 && (
          <Button onClick={() => change(withoutConditions(view))}>Clear filters</Button>
        )}
      </div>
      {open && <TaskFilters id={id} view={view} onChange={change} />}
    </>
  )
}
