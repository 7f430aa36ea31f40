import { Controller, Get, Inject } from '@nestjs/common';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { openApi } from './openapi.js';

@Controller('api/openapi.json')
export class OpenApiController {
  private readonly document: object;

  constructor(@Inject(CONSOLE) { version }: ConsoleContext) {
    this.document = openApi(version);
  }

  @Get()
  get(): object {
    return this.document;
  }
}
