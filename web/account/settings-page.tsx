import { useState } from 'react'
import { PageHead } from '../ui/page-head.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { ChangePasswordForm } from './change-password-form.tsx'
import { DeleteAccountSection } from './delete-account-section.tsx'
import { ProfileSection } from './profile-section.tsx'
import { countPrograms } from './programs.ts'
import { ProgramsSection } from './programs-section.tsx'
import { ProviderConnection } from './provider-connection.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { ThemeSection } from './theme-section.tsx'
import { VerifyNotice } from './verify-notice.tsx'

/** Everything about the account that is signed in. */
export function SettingsPage() {
  const [counting] = useState(countPrograms)
  return (
    <>
      <PageHead title="Account" />
      <VerifyNotice />
      <ProfileSection />
      <ThemeSection />
      <PageSection title="Change password" lead="Your other sessions end.">
        <ChangePasswordForm />
      </PageSection>
      <ProviderConnection />
      <SessionsSection />
      <ProgramsSection counting={counting} />
      <DeleteAccountSection counting={counting} />
    </>
  )
}
