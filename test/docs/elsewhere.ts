type Where = readonly [file: string, title: string];

const compose = (title: string): Where => ['test/compose/compose.spec.ts', title];
const systemd: Where = ['test/e2e/systemd.spec.ts', 'the systemd units'];
const balancer: Where = ['test/docs/balancer.spec.ts', 'behind a load balancer'];
const seat: Where = ['test/console/access.spec.ts', 'makes a token at its first start, says it once, and keeps it'];
const session: Where = ['test/console/access.spec.ts', 'a session: by the token'];
const status: Where = ['test/gateway/status.spec.ts', 'tells the seconds left, in JSON'];
const closing: Where = ['test/gateway/status.spec.ts', 'does not wait for the answer has closed the door'];
const hide: Where = ['test/e2e/hide.spec.ts', 'whatever becomes of the process, until unhide'];
const follow: Where = ['test/e2e/events.spec.ts', '-f goes on with what comes'];
const apart: Where = ['test/e2e/redis.spec.ts', 'the listener writes, the gateway lets in'];
const stealth: Where = ['test/e2e/stealth.spec.ts', 'from a namespace and from another host'];
const watch: Where = ['test/e2e/watch.spec.ts', 'a terminal: the grants in place'];
const release: Where = ['test/release/release.spec.ts', 'makes the tarball that npm pack makes here'];
const exact: Where = ['test/release/install.spec.ts', 'each package is the one that was tested'];
const recipe: Where = ['test/e2e/recipe.spec.ts', 'closed; knocked, the page; nothing for the stranger'];

/** Where a command of the docs is run that their scenes cannot run, or that does not end: a test's file, and its title. */
export const ELSEWHERE: Readonly<Record<string, Where>> = {
  'sudo knockgate up': ['test/e2e/rights.spec.ts', 'keeps CAP_NET_RAW, in its main thread'],
  'sudo knockgate serve': ['test/e2e/rights.spec.ts', 'becomes nobody, in all its threads'],
  'knockgate up --knockd-conf /etc/knockd.conf --upstream http://127.0.0.1:8081': recipe,
  'knockgate up': ['test/e2e/matching.spec.ts', 'nmap opens it'],
  'knockgate listen': apart,
  'knockgate serve': apart,
  'knockgate listen --config /etc/knockgate/knockgate.yaml': apart,
  'knockgate serve --config /etc/knockgate/knockgate.yaml': apart,
  'knockgate listen --config balancer.yaml': balancer,
  'knockgate serve --config gateway.yaml': balancer,
  'knockgate console': seat,
  'knockgate console --config /etc/knockgate/knockgate.yaml': seat,
  'curl -H "authorization: Bearer $(cat /var/lib/knockgate/console.token)" http://127.0.0.1:4080/api/state': session,
  'curl http://example.org/.knock/status': status,
  'curl -X POST': closing,
  'sudo knockgate why IP': ['test/e2e/why.spec.ts', 'no other user may ask, and no log has a port'],
  'knockgate hide 22': hide,
  'knockgate hide 80': hide,
  'knockgate unhide 22': hide,
  'knockgate hide 22 --door SSH --yes': ['test/e2e/hide.spec.ts', 'came in by, without --yes'],
  'knockgate grants watch': watch,
  'knockgate grants watch --json': ['test/e2e/watch.spec.ts', 'a pipe gets lines as before'],
  'knockgate events -f': follow,
  [`knockgate events -f --json | jq -r 'select(.event == "opened") | .ip'`]: follow,
  "knockgate status --json | jq '.doors[].grants | length'": ['test/e2e/status.spec.ts', '--json has the same'],
  'sudo knockgate stealth HTTP': stealth,
  'knockgate stealth HTTP --target 192.0.2.1': stealth,
  'man knockgate': ['test/e2e/man.spec.ts', 'can be read'],
  'man -l knockgate.1': ['test/e2e/man.spec.ts', 'can be read'],
  'npm run release': release,
  'npm pack': release,
  'sha256sum --check SHA256SUMS': ['test/release/release.spec.ts', 'its sums are right'],
  'mkdir -p /opt/knockgate': exact,
  'tar xzf knockgate-0.1.0.tgz -C /opt/knockgate --strip-components=1': exact,
  'cd /opt/knockgate && npm ci --omit=dev': exact,
  'npm install -g ./knockgate-0.1.0.tgz': ['test/release/install.spec.ts', 'by npm install -g'],
  'npm run man': ['apps/cli/man/man-page.spec.ts', 'is the committed knockgate.1'],
  'docker compose up -d --build --wait': compose('shows nothing before the knock, then the page'),
  'docker compose up -d --build': compose('shows nothing before the knock, then the page'),
  'docker-compose up -d --build': compose('shows nothing before the knock, then the page'),
  'npx knockgate knock HOST 7341 6120 9853 8264 --wait http://HOST:8080/': compose('takes an edited config'),
  "docker compose exec redis redis-cli HGETALL 'knockgate:{HTTP}:grant:203.0.113.7'":
    compose('as the grant in Redis says'),
  "docker compose exec redis redis-cli DEL 'knockgate:{HTTP}:grant:203.0.113.7'": compose('when the key is deleted'),
  'docker compose exec listener knockgate why 203.0.113.7': compose('asked in the container'),
  'docker compose logs nginx': compose("tells nginx the visitor's address, by X-Forwarded-For"),
  'docker compose restart listener gateway console': compose('takes an edited config at the next start'),
  'docker compose -f docker-compose.yml -f docker/hide.yml up -d --build': compose('docker/hide.yml with'),
  'systemctl daemon-reload': systemd,
  'systemctl enable --now knockgate-listener knockgate-gateway': systemd,
  'systemctl enable --now knockgate-console': systemd,
  'systemctl restart knockgate-listener knockgate-gateway': systemd,
  'systemctl start': systemd,
  'systemctl status': systemd,
  'systemctl reload': ['test/e2e/systemd.spec.ts', 'its reload works'],
  'systemctl edit --full': systemd,
  'systemd-analyze security': ['test/e2e/systemd.spec.ts', 'is exposed to less than 2.0'],
  'journalctl -u knockgate-gateway': systemd,
};

/** Commands that no test runs, and why. */
export const BY_HAND: Readonly<Record<string, string>> = {
  'npm test': 'what runs these tests',
  'npm test -- test/differential': 'a part of it',
  'apt-get install g++ make python3': 'changes the machine',
  'npm audit --omit=dev': 'wants the public registry',
  'npm audit signatures': 'wants the public registry, and what sigstore publishes',
  'npm run chaos': 'takes some 40 minutes; test/chaos/chaos.spec.ts runs a part of it',
  'npm run soak': 'takes half an hour; test/soak/soak.spec.ts runs some seconds of it',
  'npm run fuzz': 'takes minutes; test/fuzz/fuzz.spec.ts runs a part of it',
  'npm run fuzz -- relayed-answer': 'takes minutes; test/fuzz/fuzz.spec.ts runs a part of it',
  'npm run bench': 'measures for many minutes, with the machine to itself',
  'npm run bench -- flood': 'measures for many minutes, with the machine to itself',
  'npm run bench -- knock': 'measures for many minutes, with the machine to itself',
  'npm run bench -- shut': 'measures for many minutes, with the machine to itself',
  'npm run bench -- stealth': 'measures for many minutes, with the machine to itself',
  'SEED=1076186350 npm run bench -- stealth': 'measures for many minutes, with the machine to itself',
  'setcap cap_bpf,cap_net_admin+ep': 'half a command; test/e2e/rights.spec.ts gives the same rights by setpriv',
};
