import type { Losses } from '#grants';

/** Remembered one by one; with more than that, any source may be among them. */
const MAX_LOSSES = 4096;

/** What is told of losses in one call. */
export interface ToldLosses {
  readonly losses: Losses;
  readonly places: ReadonlyMap<number | 'all', number>;
}

/**
 * Of which sources packets were lost that have not been told. A place is a number in the order in which packets came, were lost
 * or not. A loss is told with each call until all that came before it have been told: only then has it voided the attempts
 * that those began.
 */
export class PacketLosses {
  private readonly places = new Map<number | 'all', number>();

  get any(): boolean {
    return this.places.size > 0;
  }

  /** Whether any source may be among them. */
  get all(): boolean {
    return this.places.has('all');
  }

  /** @param loss stands for the source (`lossOf`) */
  add(loss: number, place: number): void {
    if (!this.all && this.places.size < MAX_LOSSES) {
      this.places.set(loss, place);
      return;
    }
    this.places.clear();
    this.places.set('all', place);
  }

  toTell(): ToldLosses {
    const places = new Map(this.places);
    return { places, losses: this.all ? 'all' : ([...places.keys()] as number[]) };
  }

  /** These have been told, with all packets that came before `next`. */
  told({ places }: ToldLosses, next: number): void {
    // one that has been lost since has another place
    for (const [loss, place] of places) if (place < next && this.places.get(loss) === place) this.places.delete(loss);
  }
}
