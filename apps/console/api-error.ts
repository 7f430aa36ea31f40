import { HttpException } from '@nestjs/common';

/** The answer to a request that cannot be served: one line, what is wrong and what to do. */
export class ApiError extends HttpException {
  constructor(status: number, error: string, options?: ErrorOptions) {
    super({ error }, status, options);
  }
}
