/** The smallest that is found by taking pieces away, of the inputs that `isLike`. */
export async function minimise(input: Buffer, isLike: (smaller: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.length;) {
      const smaller = Buffer.concat([smallest.subarray(0, from), smallest.subarray(from + size)]);
      if (await isLike(smaller)) smallest = smaller;
      else from += size;
    }
  }
  return smallest;
}
