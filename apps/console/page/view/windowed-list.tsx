import type { ComponentChild } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => ComponentChild;
  /** CSS pixels; all rows are alike. */
  readonly rowHeight: number;
  readonly label: string;
  /** Another number scrolls to the top. */
  readonly returns?: number;
  /** Told when it is scrolled: whether the first row is to be seen, and how many rows are left below. */
  readonly onScrolled?: (atTop: boolean, rowsBelow: number) => void;
}

const OVERSCAN = 6;
const AT_FIRST = 30;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A list that scrolls, of any length, of which only what is to be seen, and the row that has the focus, is in the document. */
export function WindowedList<T>({ items, keyOf, render, rowHeight, label, returns = 0, onScrolled }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<Range>({ from: 0, to: AT_FIRST });
  const [focused, setFocused] = useState<string>();
  const anchor = useRef<string | undefined>(undefined);

  const measure = (): void => {
    const { scrollTop, clientHeight } = list.current!;
    const from = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const to = Math.ceil((scrollTop + clientHeight) / rowHeight) + OVERSCAN;
    setRange((known) => (known.from === from && known.to === to ? known : { from, to }));
  };

  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(list.current!);
    return () => observer.disconnect();
  }, [rowHeight]);

  useLayoutEffect(() => {
    list.current!.scrollTop = 0;
  }, [returns]);

  // What is being read stays where it is when rows come or go above it.
  useLayoutEffect(() => {
    const element = list.current!;
    const index = Math.floor(element.scrollTop / rowHeight);
    const at = anchor.current === undefined ? -1 : items.findIndex((each) => keyOf(each) === anchor.current);
    if (element.scrollTop >= rowHeight && at !== -1 && at !== index) element.scrollTop += (at - index) * rowHeight;
    const first = items[Math.floor(element.scrollTop / rowHeight)];
    anchor.current = first === undefined ? undefined : keyOf(first);
    measure();
  }, [items, rowHeight]);

  const scrolled = (): void => {
    const { scrollTop, clientHeight } = list.current!;
    const first = items[Math.floor(scrollTop / rowHeight)];
    anchor.current = first === undefined ? undefined : keyOf(first);
    measure();
    onScrolled?.(scrollTop < rowHeight / 2, items.length - Math.ceil((scrollTop + clientHeight) / rowHeight));
  };

  const shown = rowsOf(items, range, focused === undefined ? undefined : (item) => keyOf(item) === focused);
  return (
    <div
      class="scroll"
      ref={list}
      tabIndex={0}
      role="list"
      aria-label={label}
      onScroll={scrolled}
      onFocusIn={(event) => setFocused((event.target as Element).closest<HTMLElement>('[data-key]')?.dataset['key'])}
      onFocusOut={(event) => {
        if (!list.current?.contains(event.relatedTarget as Node | null)) setFocused(undefined);
      }}
    >
      <div class="rows" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
        {shown.map(({ item, index }) => (
          <div
            key={keyOf(item)}
            class="row"
            role="listitem"
            aria-setsize={items.length}
            aria-posinset={index + 1}
            data-key={keyOf(item)}
            style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {render(item)}
          </div>
        ))}
      </div>
    </div>
  );
}

function rowsOf<T>(
  items: readonly T[],
  { from, to }: Range,
  isFocused: ((item: T) => boolean) | undefined,
): { readonly item: T; readonly index: number }[] {
  const shown = items.slice(from, to).map((item, i) => ({ item, index: from + i }));
  const focusedAt = isFocused === undefined ? -1 : items.findIndex(isFocused);
  if (focusedAt !== -1 && (focusedAt < from || focusedAt >= to)) {
    const pinned = { item: items[focusedAt]!, index: focusedAt };
    return focusedAt < from ? [pinned, ...shown] : [...shown, pinned];
  }
  return shown;
}
