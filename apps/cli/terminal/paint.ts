import { styleText } from 'node:util';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;
export const coloured: Paint = (colour, text) => styleText(colour, text, { validateStream: false });

/** What suits this output: colours on a terminal that has them, unless NO_COLOR is set (no-color.org). */
export function paintFor(output: NodeJS.WriteStream): Paint {
  const wanted = output.isTTY && !process.env['NO_COLOR'] && output.hasColors();
  return wanted ? coloured : plain;
}
