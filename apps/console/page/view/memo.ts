import { Component, type ComponentChild, type FunctionComponent, createElement } from 'preact';

/** Not drawn again while its props stay the same, each by identity. */
export function memo<P extends object>(view: FunctionComponent<P>): new (props: P) => Component<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const keys = new Set([...Object.keys(this.props), ...Object.keys(next)]) as Set<keyof P>;
      return [...keys].some((key) => this.props[key] !== next[key]);
    }

    override render(): ComponentChild {
      return createElement(view, this.props as P);
    }
  };
}
