import type { Link } from '../model/page-state.js';
import { useClient } from './client-context.js';
import { SecondsLeft } from './seconds-left.js';

/** Says at once that what is seen is no longer what is. */
export function LinkBanner({ link }: { readonly link: Link }) {
  const client = useClient();
  return (
    <div class="link-banner" role="alert">
      {link.kind === 'lost' && (
        <p>
          <strong>The connection to the console is lost.</strong> What you see may have changed.{' '}
          <span aria-hidden="true">
            <SecondsLeft deadlineMs={link.retryAtMs} before="Next try in " after=" s." />
          </span>{' '}
          <button type="button" onClick={() => client.retryNow()}>
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
