/** Protocol and next-header numbers (IANA, Assigned Internet Protocol Numbers). */
export const ProtocolNumber = {
  HOP_BY_HOP: 0,
  TCP: 6,
  UDP: 17,
  ROUTING: 43,
  FRAGMENT: 44,
  AUTHENTICATION: 51,
  DESTINATION_OPTIONS: 60,
} as const;
