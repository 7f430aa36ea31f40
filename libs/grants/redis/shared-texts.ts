const MAX_TEXTS = 1000;

/** Gives equal texts as one: many grants name few doors and listeners. What nobody repeats is not kept for long. */
export class SharedTexts {
  private readonly texts = new Map<string, string>();

  of(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size >= MAX_TEXTS) this.texts.clear();
    const own = ownCopy(text);
    this.texts.set(own, own);
    return own;
  }
}

/** A text that is part of a longer one may keep all of that in memory. */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
