import { Link, useSearchParams } from 'react-router'
import { Message } from '../ui/message.tsx'

const unknownApp = 'Taskward does not know the app that sent you here.'

/** Messages for the errors that the server cannot redirect to the app. */
const reasons: Readonly<Record<string, string>> = {
  invalid_client: unknownApp,
  client_disabled: unknownApp,
  client_document_unavailable:
    'The app’s description could not be read at the address that the app named. Try again later.',
  invalid_client_document:
    'The app’s description, at the address that the app named, is not one that Taskward accepts.',
  invalid_redirect: 'The app asked for a redirect to an address that it has not registered.',
}

export function OAuthErrorPage() {
  const [params] = useSearchParams()
  const error = params.get('error') ?? ''
  return (
    <Message title="This app cannot be connected">
      <title>Cannot be connected · Taskward</title>
      <p>{reasons[error] ?? 'The app’s request cannot be understood.'}</p>
      <p>Nothing was allowed. The developers of the app can fix this.</p>
      <Link to="/">Go to your tasks</Link>
    </Message>
  )
}
