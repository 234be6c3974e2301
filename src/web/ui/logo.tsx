/** The office's mark in this system; not a seal. A ring of many points around one settlement. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#175a3f" />
      <circle
        cx="16"
        cy="16"
        r="9"
        fill="none"
        stroke="#f4f2ed"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeDasharray="44 12.5"
        transform="rotate(-20 16 16)"
      />
      <circle cx="16" cy="16" r="2.6" fill="#f4f2ed" />
      <circle cx="23.6" cy="10" r="3.4" fill="#dfb333" />
    </svg>
  )
}
