import type { Ignored, IgnoredReason } from './decoded.js';

function because(reason: IgnoredReason): Ignored {
  return Object.freeze({ kind: 'ignored', reason });
}

/** One object a reason, shared by all packets, so that a flood of junk allocates nothing. */
export const IGNORED: { readonly [Reason in IgnoredReason]: Ignored } = Object.freeze({
  truncated: because('truncated'),
  version: because('version'),
  header_length: because('header_length'),
  length: because('length'),
  fragment: because('fragment'),
  source: because('source'),
  extension_headers: because('extension_headers'),
  protocol: because('protocol'),
});
