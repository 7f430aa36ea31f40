import { modeOf } from './check-door.js';
import type { DoorDraft } from './door-draft.js';
import { doorPresets } from './door-schema.js';
import type { DoorSettings } from './door-settings.js';

/** The settings of a complete draft, presets where nothing is said; undefined if a required key has no value. */
export function doorSettingsOf({ name, fields }: DoorDraft): DoorSettings | undefined {
  const { sequence, listen, upstream } = fields;
  if (sequence === undefined || listen === undefined || upstream === undefined) return undefined;
  return {
    name,
    sequence,
    seqTimeoutMs: fields.seq_timeout ?? doorPresets.seq_timeout,
    tcpFlags: fields.tcpflags ?? doorPresets.tcpflags,
    cmdTimeoutMs: fields.cmd_timeout ?? doorPresets.cmd_timeout,
    listen,
    upstream,
    mode: fields.mode ?? modeOf(upstream),
    hide: fields.hide ?? doorPresets.hide,
    onExpiry: fields.on_expiry ?? doorPresets.on_expiry,
    proxyProtocol: fields.proxy_protocol ?? doorPresets.proxy_protocol,
    trustedProxies: fields.trusted_proxies ?? doorPresets.trusted_proxies,
    upstreamTimeoutMs: fields.upstream_timeout ?? doorPresets.upstream_timeout,
  };
}
