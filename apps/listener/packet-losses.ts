import type { Losses } from '#grants';

/** Remembered one by one; with more than that, any source may be among them. */
const MAX_LOSSES = 4096;

interface Loss {
  /** In the order in which packets came, were lost or not. */
  readonly place: number;
  isTold: boolean;
}

/** What is told of losses in one call. */
export interface ToldLosses {
  readonly losses: Losses;
  readonly told: ReadonlyMap<number | 'all', Loss>;
}

/**
 * Of which sources packets were lost that have not been told. A loss is told twice: at once, for the attempts that there are; and when
 * all that came before it is told, for the attempts that those have begun, and before what came after it.
 */
export class PacketLosses {
  private readonly known = new Map<number | 'all', Loss>();

  get any(): boolean {
    return this.known.size > 0;
  }

  /** Whether any source may be among them. */
  get all(): boolean {
    return this.known.has('all');
  }

  /** @param loss stands for the source (`lossOf`) */
  add(loss: number, place: number): void {
    if (!this.all && this.known.size < MAX_LOSSES) {
      this.known.set(loss, { place, isTold: false });
      return;
    }
    this.known.clear();
    this.known.set('all', { place, isTold: false });
  }

  /** @param next what is not told with it begins there */
  toTell(next: number): ToldLosses {
    const told = new Map([...this.known].filter(([, { place, isTold }]) => !isTold || place < next));
    return { told, losses: told.has('all') ? 'all' : ([...told.keys()] as number[]) };
  }

  /** These have been told. */
  told({ told }: ToldLosses, next: number): void {
    for (const [loss, each] of told) {
      each.isTold = true;
      // one that has been lost again since is another one
      if (each.place < next && this.known.get(loss) === each) this.known.delete(loss);
    }
  }
}
