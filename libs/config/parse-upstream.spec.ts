import { describe, expect, it } from 'vitest';
import { parseUpstream } from './parse-upstream.js';

describe('parseUpstream', () => {
  it.each([
    ['http://127.0.0.1:8081', 'http://127.0.0.1:8081'],
    ['http://127.0.0.1:8081/', 'http://127.0.0.1:8081'],
    ['HTTPS://nginx', 'https://nginx'],
    ['http://[::1]:8081', 'http://[::1]:8081'],
    ['http://my_nginx.lan', 'http://my_nginx.lan'],
    ['tcp://db:5432', 'tcp://db:5432'],
    ['tcp://[2001:db8::1]:22', 'tcp://[2001:db8::1]:22'],
    [' sample ', 'sample'],
  ])('reads %j', (text, upstream) => {
    expect(parseUpstream(text)).toEqual({ kind: 'ok', value: upstream });
  });

  it.each([
    ['', 'is not an upstream'],
    ['127.0.0.1:8081', 'is not an upstream'],
    ['ftp://host', 'is not an upstream'],
    ['http:host', 'is not an upstream'],
    ['http://', 'is not an upstream'],
    ['http://host:0', 'is not an upstream'],
    ['http://host:65536', 'is not an upstream'],
    ['http://1.2.3.999', 'is not an upstream'],
    ['http://[::1', 'is not an upstream'],
    ['http://[1]', 'is not an upstream'],
    ['http://a b', 'is not an upstream'],
    ['tcp://db', 'is not an upstream'],
    ['Sample', 'is not an upstream'],
    ['http://host/page', 'has a path in it'],
    ['http://host/?q', 'has a query in it'],
    ['http://host/#top', 'has a query in it'],
    ['http://user:hunter2@host', 'has credentials in it'],
    ['tcp://user@host:22', 'has credentials in it'],
  ])('refuses %j', (text, what) => {
    expect(parseUpstream(text)).toMatchObject({ kind: 'wrong', flaws: [{ what }] });
  });
});
