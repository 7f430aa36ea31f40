import type { Attempt } from '../model/api-types.js';
import type { Timed } from '../model/timed.js';
import { memo } from './memo.js';
import { SecondsLeft } from './seconds-left.js';
import { SourceButton } from './source-button.js';

/** How far somebody has come; of which ports the page knows nothing. */
export const AttemptRow = memo(function AttemptRow({ attempt }: { readonly attempt: Timed<Attempt> }) {
  const { ip, stage, of, deadlineMs } = attempt;
  return (
    <li class="attempt">
      <span class="steps" aria-hidden="true">
        {Array.from({ length: of }, (_, i) => (
          <i key={i} class={i < stage ? 'filled' : ''} />
        ))}
      </span>
      <SourceButton ip={ip} />
      <span class="soft">
        stage {stage} of {of}
        <SecondsLeft deadlineMs={deadlineMs} before=" · " after=" s left" />
      </span>
    </li>
  );
});
