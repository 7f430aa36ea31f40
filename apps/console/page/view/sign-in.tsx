import { useState } from 'preact/hooks';
import { Brand } from './brand.js';
import { useClient } from './client-context.js';

/** Asks for the token, for who comes without the link. */
export function SignIn({ why }: { readonly why: string | undefined }) {
  const client = useClient();
  const [error, setError] = useState(why);
  const [busy, setBusy] = useState(false);
  const signIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { value } = (event.currentTarget as HTMLFormElement).querySelector('input')!;
    setBusy(true);
    try {
      await client.signIn(value.trim());
    } catch (caught) {
      setError((caught as Error).message);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void signIn(event)}>
        <Brand />
        <p>
          Open the link that <code>knockgate console</code> prints on a terminal, or give the token here. It is in the
          file that the console names when it starts: <code>console.token</code>, unless the config says otherwise.
        </p>
        <label>
          Token
          <input name="token" type="password" required autocomplete="current-password" autofocus spellcheck={false} />
        </label>
        <button class="primary" disabled={busy}>
          Sign in
        </button>
        <p class="error" role="alert">
          {error}
        </p>
      </form>
    </main>
  );
}
