import { applyTheme, keepTheme, nextTheme, type Theme } from './theme.js';

interface Props {
  readonly theme: Theme;
  readonly onChange: (theme: Theme) => void;
}

const NAMES = { auto: 'as the system', light: 'light', dark: 'dark' } as const;

export function ThemeButton({ theme, onChange }: Props) {
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    keepTheme(next);
    onChange(next);
  };
  const title = `Colours: ${NAMES[theme]}; next: ${NAMES[nextTheme(theme)]}`;
  return (
    <button class="quiet icon" type="button" onClick={change} aria-label={title} title={title}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6" />
        {theme === 'auto' && <path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />}
        {theme === 'dark' && <circle cx="10" cy="10" r="6.5" fill="currentColor" />}
      </svg>
    </button>
  );
}
