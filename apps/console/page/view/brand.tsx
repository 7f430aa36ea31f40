/** The mark is the page's icon: a keyhole in a ring that drains. */
export function Brand() {
  return (
    <h1 class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle class="track" cx="16" cy="16" r="13" />
        <circle class="arc" cx="16" cy="16" r="13" pathLength="1" stroke-dasharray="0.72 1" />
        <path class="hole" d="M16 9.5a3.6 3.6 0 0 0-1.9 6.7L13 22h6l-1.1-5.8A3.6 3.6 0 0 0 16 9.5Z" />
      </svg>
      knockgate
    </h1>
  );
}
