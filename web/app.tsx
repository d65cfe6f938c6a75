import { lazy, type ReactNode, Suspense } from 'react'
import { BrowserRouter, Link, Route, Routes } from 'react-router'
import { RequireSession } from './account/require-session.tsx'
import { SignInPage } from './account/sign-in-page.tsx'
import { SignUpPage } from './account/sign-up-page.tsx'
import { PausedBanner } from './activity/paused-banner.tsx'
import { ApiProvider } from './api-provider.tsx'
import { TaskFrame } from './tasks/task-frame.tsx'
import { TaskPage } from './tasks/task-page.tsx'
import { TaskPageSkeleton } from './tasks/task-page-skeleton.tsx'
import { Announcer } from './ui/announcer.tsx'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { lazyAhead } from './ui/lazy-ahead.ts'
import { Message } from './ui/message.tsx'
import { Toaster } from './ui/toaster.tsx'

const TrashPage = lazyAhead(async () => (await import('./tasks/trash-page.tsx')).TrashPage)
const ActivityPage = lazy(async () => ({
  default: (await import('./activity/activity-page.tsx')).ActivityPage,
}))
const DeveloperPage = lazy(async () => ({
  default: (await import('./developer/developer-page.tsx')).DeveloperPage,
}))
const SettingsPage = lazy(async () => ({
  default: (await import('./account/settings-page.tsx')).SettingsPage,
}))
const ConsentPage = lazy(async () => ({
  default: (await import('./oauth/consent-page.tsx')).ConsentPage,
}))
const OAuthErrorPage = lazy(async () => ({
  default: (await import('./oauth/oauth-error-page.tsx')).OAuthErrorPage,
}))
const ResetPasswordPage = lazy(async () => ({
  default: (await import('./account/reset-password-page.tsx')).ResetPasswordPage,
}))
const ForgotPage = lazy(async () => ({
  default: (await import('./account/forgot-page.tsx')).ForgotPage,
}))
const VerifyEmailPage = lazy(async () => ({
  default: (await import('./account/verify-email-page.tsx')).VerifyEmailPage,
}))
const AppsPage = lazy(async () => ({
  default: (await import('./apps/apps-page.tsx')).AppsPage,
}))

function NotFoundPage() {
  return (
    <Message title="There is no such page">
      <title>Not found · Taskward</title>
      <p>The address may be mistyped, or old.</p>
      <Link to="/">Go to your tasks</Link>
    </Message>
  )
}

type ProtectedProps = { waiting?: ReactNode; children: ReactNode }

/** A page for a signed-in account. `waiting` is shown while the session is unknown. */
function Protected({ waiting = null, children }: ProtectedProps) {
  return (
    <RequireSession waiting={waiting}>
      {({ id }) => (
        <ApiProvider accountId={id}>
          <PausedBanner />
          <Suspense>{children}</Suspense>
        </ApiProvider>
      )}
    </RequireSession>
  )
}

/** For a signed-in account. All are in one frame, which stays when another page is opened. */
const pages = {
  '/': <TaskPage />,
  '/trash': <TrashPage />,
  '/activity': <ActivityPage />,
  '/developer': <DeveloperPage />,
  '/account': <SettingsPage />,
  '/apps': <AppsPage />,
}

const publicPages = {
  '/oauth/error': <OAuthErrorPage />,
  '/reset-password': <ResetPasswordPage />,
  '/forgot': <ForgotPage />,
  '/verify-email': <VerifyEmailPage />,
}

export function App() {
  return (
    <ErrorBoundary>
      <BrowserRouter>
        <Routes>
          {Object.entries(pages).map(([path, page]) => (
            <Route
              key={path}
              path={path}
              element={
                <Protected waiting={<TaskPageSkeleton />}>
                  <TaskFrame>{page}</TaskFrame>
                </Protected>
              }
            />
          ))}
          <Route
            path="/oauth/consent"
            element={
              <Protected>
                <ConsentPage />
              </Protected>
            }
          />
          {Object.entries(publicPages).map(([path, page]) => (
            <Route key={path} path={path} element={<Suspense>{page}</Suspense>} />
          ))}
          <Route path="/sign-in" element={<SignInPage />} />
          <Route path="/sign-up" element={<SignUpPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </BrowserRouter>
      <Toaster />
      <Announcer />
    </ErrorBoundary>
  )
}
