import type { z } from 'zod';
import type { Flaw } from './parsed.js';

type Issue = z.core.$ZodIssue;

/**
 * What a zod issue means to a person: a reader's issue carries its flaw (see reading.ts); of the rest zod's message is
 * the `error` of the schema, which says what to write instead.
 */
export function issueFlaw(issue: Issue, value: unknown): Flaw {
  if (issue.code === 'custom') return { what: issue.message, instead: String(issue.params?.['instead']) };
  const last = issue.path.at(-1);
  const which = typeof last === 'number' ? `item ${last + 1} ` : '';
  return { what: `${which}${mismatch(issue, value)}`, instead: issue.message };
}

function mismatch({ code }: Issue, value: unknown): string {
  if (value === null || value === '') return 'is empty';
  if (value === undefined) return 'is missing';
  if (code === 'too_small') return 'is too small';
  if (code === 'too_big') return 'is too big';
  if (code === 'invalid_value' && typeof value === 'string') return 'is not one of its words';
  return `cannot be ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number') return 'this number';
  return typeof value === 'boolean' ? 'true or false' : 'this text';
}
