import { useEffect, useState } from 'preact/hooks';

/** Whether a media query holds, now and when that changes. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const take = (): void => setMatches(media.matches);
    take();
    media.addEventListener('change', take);
    return () => media.removeEventListener('change', take);
  }, [query]);
  return matches;
}

/** Where rows have two lines, as the style sheet has it. */
export const NARROW = '(max-width: 36rem)';
