import type { FuzzTarget } from './target.js';
import { answer } from './targets/answer.js';
import { knockdConf } from './targets/knockd-conf.js';
import { packet } from './targets/packet.js';
import { proxyHeaders } from './targets/proxy-header.js';
import { relayedAnswer } from './targets/relayed-answer.js';
import { request } from './targets/request.js';
import { upgrade } from './targets/upgrade.js';
import { yaml } from './targets/yaml.js';

/** Everything that takes bytes from strangers, from an upstream or from a file. */
export const TARGETS: readonly FuzzTarget[] = [
  packet,
  proxyHeaders,
  answer,
  relayedAnswer,
  request,
  upgrade,
  yaml,
  knockdConf,
];
