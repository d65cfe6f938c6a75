import { Link, useSearchParams } from 'react-router'
import { Message } from '../ui/message.tsx'

const unknownApp = 'The app that sent you here is not known to Taskward, or no longer.'

/** What the server says of a request that it cannot send back to the app, in our own words. */
const reasons: Readonly<Record<string, string>> = {
  invalid_client: unknownApp,
  client_disabled: unknownApp,
  invalid_redirect: 'The app wants you sent back to an address that it has not registered.',
}

/** Where a person is told why an app's request goes no further. */
export function OAuthErrorPage() {
  const [params] = useSearchParams()
  const error = params.get('error') ?? ''
  return (
    <Message title="This app cannot be connected">
      <title>Cannot be connected · Taskward</title>
      <p>{reasons[error] ?? 'The app’s request cannot be understood.'}</p>
      <p>Nothing was allowed, and you are not sent on. The app’s makers can put it right.</p>
      <Link to="/">Go to your tasks</Link>
    </Message>
  )
}
