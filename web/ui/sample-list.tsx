import { Icon, type IconName } from './icon.tsx'
import styles from './sample-list.module.css'

type Sample = { title: string; due?: string; icon: IconName; look?: 'done' | 'overdue' }

const samples: Sample[] = [
  { title: 'Renew the passport', due: '2 days overdue', icon: 'circle', look: 'overdue' },
  { title: 'Pay the rent', due: 'Today', icon: 'circle' },
  { title: 'Send the agenda to Bob', due: 'Tomorrow', icon: 'circle' },
  { title: 'Book the train', due: 'Fri 4 Dec', icon: 'circle' },
  { title: 'Water the plants', icon: 'done', look: 'done' },
]

/** A still of the task list, on wide screens. Decoration: assistive technology does not read it. */
export function SampleList() {
  return (
    <div aria-hidden="true" className={styles.list}>
      {samples.map(({ title, due, icon, look }) => (
        <p key={title} className={styles.row} data-look={look}>
          <Icon name={icon} />
          <span className={styles.title}>{title}</span>
          <span>{due}</span>
        </p>
      ))}
    </div>
  )
}
