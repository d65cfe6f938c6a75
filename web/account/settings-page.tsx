import { PageHead } from '../ui/page-head.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { ChangePasswordForm } from './change-password-form.tsx'
import { ProviderConnection } from './provider-connection.tsx'
import { VerifyNotice } from './verify-notice.tsx'
import { ThemeSection } from './theme-section.tsx'

export function SettingsPage() {
  return (
    <>
      <PageHead title="Account" />
      <VerifyNotice />
      <ThemeSection />
      <PageSection title="Change password">
        <ChangePasswordForm />
      </PageSection>
      <ProviderConnection />
    </>
  )
}
