import { modeOf } from './check-door.js';
import type { DoorDraft } from './door-draft.js';
import { doorPresets } from './door-schema.js';
import type { DoorCommands, DoorSettings } from './door-settings.js';

/** The settings of a complete draft, presets where nothing is said; undefined if a required key has no value. */
export function doorSettingsOf({ name, fields }: DoorDraft): DoorSettings | undefined {
  const { listen, upstream, one_time_sequences: oneTimeSequences, target } = fields;
  const sequence = oneTimeSequences === undefined ? fields.sequence : [];
  if (sequence === undefined || listen === undefined || upstream === undefined) return undefined;
  return {
    name,
    sequence,
    oneTimeSequences,
    ...(target === undefined ? {} : { target }),
    seqTimeoutMs: fields.seq_timeout ?? doorPresets.seq_timeout,
    tcpFlags: fields.tcpflags ?? doorPresets.tcpflags,
    commands: { 4: commandsOf(fields, 4), 6: commandsOf(fields, 6) },
    cmdTimeoutMs: fields.cmd_timeout ?? doorPresets.cmd_timeout,
    listen,
    upstream,
    mode: fields.mode ?? modeOf(upstream),
    hide: fields.hide ?? doorPresets.hide,
    onExpiry: fields.on_expiry ?? doorPresets.on_expiry,
    proxyProtocol: fields.proxy_protocol ?? doorPresets.proxy_protocol,
    trustedProxies: fields.trusted_proxies ?? doorPresets.trusted_proxies,
    upstreamTimeoutMs: fields.upstream_timeout ?? doorPresets.upstream_timeout,
    statusPath: fields.status ?? doorPresets.status ?? undefined,
  };
}

/** knockd(1): without a command for IPv6 the other one is run; an empty one means none. */
function commandsOf(fields: DoorDraft['fields'], family: 4 | 6): DoorCommands {
  const own = family === 6 ? { start: fields.start_command_6, stop: fields.stop_command_6 } : {};
  const start = own.start ?? fields.start_command;
  const stop = own.stop ?? fields.stop_command;
  return { start: start?.trim() || undefined, stop: stop?.trim() || undefined };
}
