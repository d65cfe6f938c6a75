import { Icon, type IconName } from '../ui/icon.tsx'
import styles from './activity.module.css'
import type { Actor } from './change.ts'
import { actorName } from './change-words.ts'

const kinds: Record<Actor['kind'], { icon: IconName; words: string }> = {
  PERSON: { icon: 'person', words: '' },
  ACCESS_TOKEN: { icon: 'key', words: 'Access token' },
  APP: { icon: 'app', words: 'App' },
}

/** The icon of an actor. */
export function ActorIcon({ kind }: { kind: Actor['kind'] }) {
  return (
    <span className={styles.icon} title={kinds[kind].words || undefined}>
      <Icon name={kinds[kind].icon} />
    </span>
  )
}

/** The name of an actor, with its kind for screen readers. */
export function ActorName({ actor }: { actor: Actor }) {
  const { words } = kinds[actor.kind]
  return (
    <>
      {words && <span className="visually-hidden">{words} </span>}
      <strong>
        <bdi>{actorName(actor)}</bdi>
      </strong>
    </>
  )
}
