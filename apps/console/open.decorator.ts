import { SetMetadata } from '@nestjs/common';

/** Metadata of what answers without a token. */
export const OPEN = 'knockgate:open';

/** SECURITY: answers without a token. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(OPEN, true);
