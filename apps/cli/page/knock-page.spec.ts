import { describe, expect, it } from 'vitest';
import { knockPage, type KnockPlan } from './knock-page.js';

const plan: KnockPlan = {
  door: 'HTTP',
  host: 'example.org',
  steps: [
    { port: 7341, protocol: 'tcp' },
    { port: 6120, protocol: 'udp' },
  ],
  url: 'http://example.org/',
  service: 'example.org:80',
  cmdTimeoutMs: 59_000,
};

function planIn(html: string): Record<string, unknown> {
  return JSON.parse(/<script type="application\/json" id="plan">(.*?)<\/script>/su.exec(html)![1]!) as never;
}

describe('knockPage', () => {
  it('has the plan in it, and no placeholder any more', () => {
    const html = knockPage(plan);
    expect(planIn(html)).toMatchObject({ host: 'example.org', steps: plan.steps, url: plan.url, opensForS: 59 });
    expect(html).not.toMatch(/\{\{/u);
    expect(html).not.toMatch(/(?:src|href)=/u);
  });

  it('brackets an IPv6 address, as URLs want it', () => {
    expect(planIn(knockPage({ ...plan, host: '2001:db8::1' }))['host']).toBe('[2001:db8::1]');
  });

  it.each([1, 2, 4, 5, 9, 32])('%i knocks are all sent before a kernel would send the first SYN again', (count) => {
    const steps = Array.from({ length: count }, () => plan.steps[0]!);
    const pauseMs = planIn(knockPage({ ...plan, steps }))['pauseMs'] as number;
    expect(pauseMs).toBeGreaterThan(0);
    expect(pauseMs * (count - 1)).toBeLessThan(1000);
  });

  it('no text can leave its place', () => {
    const html = knockPage({ ...plan, door: '</title><script>', url: 'http://a/</script><script>alert(1)</script>' });
    expect(html.match(/<script>/gu)).toHaveLength(1);
    expect(html).toContain('<title>&lt;/title>');
  });
});
