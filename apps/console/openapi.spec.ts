import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { ConsoleModule } from './console.module.js';
import { openApi } from './openapi.js';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** METHOD path of every handler, as OpenAPI writes them; those of the page are for browsers. */
function handlers(): string[] {
  const all: string[] = [];
  for (const controller of ConsoleModule.controllers) {
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    for (const name of Object.getOwnPropertyNames(controller.prototype)) {
      const handler = (controller.prototype as Record<string, object>)[name]!;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) continue;
      const path = [base, Reflect.getMetadata(PATH_METADATA, handler) as string]
        .filter((part) => part !== '/')
        .join('/');
      all.push(`${RequestMethod[method]} /${path.replaceAll(/:(\w+)/gu, '{$1}')}`);
    }
  }
  return all.filter((each) => !/^GET \/(?:|assets.*|favicon\.svg)$/u.test(each));
}

describe('openApi', () => {
  const document = openApi('1.2.3') as Document;

  it('has every operation of the console, and no other', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.toSorted()).toEqual(handlers().toSorted());
  });

  it('has schemas that can be used, each reference with its end', () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'openapi');
    const names = Object.keys(document.components.schemas);
    expect(names).toContain('State');
    for (const name of names) expect(ajv.getSchema(`openapi#/components/schemas/${name}`)).toBeTypeOf('function');
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/gu);
    expect(names).toEqual(expect.arrayContaining([...new Set([...references].map(([, name]) => name))]));
  });

  it('describes what is not plain, from the same place that checks it', () => {
    expect(document.components.schemas['Grant']).toMatchObject({
      properties: { lasts_ms: { type: 'integer', description: 'Its whole length.' } },
    });
    expect(document.components.schemas['GrantRequest']).toMatchObject({ required: ['door', 'ip'] });
  });
});
