import { Link } from 'react-router'
import { SitePage } from '../ui/site-page.tsx'
import { ChangePasswordForm } from './change-password-form.tsx'
import { ProviderConnection } from './provider-connection.tsx'
import { VerifyNotice } from './verify-notice.tsx'

export function SettingsPage() {
  return (
    <SitePage
      title="Account"
      links={
        <>
          <Link to="/apps">Apps</Link>
          <Link to="/developer">Developer</Link>
        </>
      }
    >
      <VerifyNotice />
      <h1>Change password</h1>
      <ChangePasswordForm />
      <ProviderConnection />
    </SitePage>
  )
}
