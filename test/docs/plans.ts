import { recipe } from '../e2e/recipe.fixture.js';
import type { Scene, SceneOptions } from './scene.js';

/** Types a command and compares what it says with what the page says. */
export type Typing = () => Promise<void>;

/** What there has to be before the commands of a page are typed, in their order. */
export interface Plan extends SceneOptions {
  readonly page: string;
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** What is done around a command: what it needs to have happened, or how one is ended that does not end by itself. */
  readonly around?: Readonly<Record<string, (scene: Scene, type: Typing) => Promise<void>>>;
}

export const SAMPLE = `store: redis://127.0.0.1:6379
doors:
  HTTP:
    sequence: 7341,6120,9853:udp,8264
    cmd_timeout: 59
    listen: ['0.0.0.0:80', '[::]:80']
    upstream: http://127.0.0.1:8081
`;
/** Another door beside it. */
export const SAMPLES = `${SAMPLE}  SSH:
    sequence: 8264,9853,6120,7341
    listen: 2222
    upstream: tcp://127.0.0.1:22
`;
export const KNOCK = 'knockgate knock example.org 7341 6120 9853:udp 8264';
const GRANT = "'knockgate:{HTTP}:grant:203.0.113.7'";
const SYNS = "tcpdump -ni any 'tcp[tcpflags] & tcp-syn != 0 and src 203.0.113.7'";
const DEAF = 'iptables -A INPUT -p tcp --dport 6120 -j DROP';

/** Listener and gateway with the sample config, and one client who has knocked. */
export async function knocked(scene: Scene): Promise<void> {
  await running(scene);
  await must(scene, `${KNOCK} --wait http://example.org/`, 'client');
}

export async function running(scene: Scene): Promise<void> {
  await scene.write('knockgate.yaml', SAMPLE);
  await Promise.all(['listen', 'serve'].map((role) => scene.start(`knockgate ${role}`, /ready: /u)));
}

export async function must(scene: Scene, line: string, host = 'server'): Promise<string> {
  const { code, stdout, stderr } = await scene.shell(line, { host });
  if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stderr}${stdout}`);
  return stdout;
}

export const PLANS: readonly Plan[] = [
  {
    page: 'README.md',
    prepare: async (scene) => {
      await scene.start('npm start', /ready: /u);
    },
    around: {
      // it runs since before the first look at the port
      'npm start': async () => {},
    },
  },
  {
    page: 'docs/configuration.md',
    prepare: (scene) => scene.write('/etc/knockd.conf', recipe()),
  },
  {
    page: 'docs/deployment.md',
    prepare: (scene) => scene.write('knockgate.yaml', SAMPLE),
  },
  {
    page: 'deploy/systemd/README.md',
    services: false,
    prepare: (scene) => scene.write('knockgate.yaml', SAMPLE),
  },
  {
    page: 'docs/redis.md',
    prepare: async (scene) => {
      await knocked(scene);
      await must(scene, `redis-cli EXPIRE ${GRANT} 3600`); // its end would be an event among those that are waited for
    },
    around: {
      "redis-cli XREAD BLOCK 0 STREAMS 'knockgate:{HTTP}:events' '$'": async (scene) => {
        const reading = await scene.start("stdbuf -oL redis-cli XREAD BLOCK 0 STREAMS 'knockgate:{HTTP}:events' '$'");
        await scene.until('redis-cli INFO clients', /blocked_clients:1/u);
        await must(scene, KNOCK, 'client');
        await reading.waitForLine(/^stage$/u);
      },
    },
  },
  {
    page: 'docs/troubleshooting.md',
    prepare: running,
    around: {
      [SYNS]: async (scene) => {
        const looking = await scene.start(
          `tcpdump -l -ni any ${SYNS.slice('tcpdump -ni any '.length)}`,
          /listening on/u,
        );
        await must(scene, KNOCK, 'client');
        await looking.waitForLine(/203\.0\.113\.7\.\d+ > 192\.0\.2\.1\.7341: Flags \[S\]/u);
        await must(scene, `redis-cli DEL ${GRANT}`);
      },
      'knockgate doctor --for listen': async (scene, type) => {
        await must(scene, DEAF);
        await scene.write('knockgate.yaml', `capture: raw\n${SAMPLE}`);
        try {
          await type();
        } finally {
          await scene.write('knockgate.yaml', SAMPLE);
          await must(scene, DEAF.replace('-A', '-D'));
        }
      },
      'knockgate grants': async (scene, type) => {
        await must(scene, `${KNOCK} --wait http://example.org/`, 'client');
        await type();
      },
      'curl http://example.org/': async (scene, type) => {
        await scene.nginx.stop();
        await type();
      },
      'redis-cli PING': async (scene, type) => {
        await scene.redis.stop();
        await type();
      },
      'knockgate status': async (scene, type) => {
        await type();
        await scene.redis.start();
      },
      'curl -m 5 http://example.org:8081/': async (scene, type) => {
        await scene.startNginx();
        await type();
      },
    },
  },
];
