import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { ApiError } from './api-error.js';

/** Input that fits the schema, or a refusal that names the first thing that does not. */
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    const result = this.schema.safeParse(value ?? {});
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const key = issue?.path.join('.') ?? '';
    throw new ApiError(400, `${key === '' ? '' : `${key}: `}${issue?.message ?? 'is not what is expected'}`);
  }
}
