import { useClient } from './client-context.js';

/** An IP; pressed, everything on the page is of it. */
export function SourceButton({ ip }: { readonly ip: string }) {
  const client = useClient();
  return (
    <button class="source" type="button" title={`find ${ip}`} onClick={() => client.filter({ text: ip })}>
      {ip}
    </button>
  );
}
