const PATHS = {
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-3.6 2.9-5.6 6.5-5.6s6.1 2 6.5 5.6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.8c2 .7 3.2 2.5 3.5 5.2",
  systems: "M4 5h16v11H4zM2 20h20M9.5 16.5l-.5 3M14.5 16.5l.5 3",
  groups: "M12 8.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM5.75 20.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM18.25 20.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM10.5 8.5l-3.3 6.8M13.5 8.5l3.3 6.8M8.5 17.75h7",
  operations: "M5 7l5 5-5 5M12.5 18H20",
  playbooks: "M4 6.5l1.5 1.5L8 5M4 13l1.5 1.5L8 11.5M4 19.5L5.5 21 8 18M12 6.5h8M12 13h8M12 19.5h8",
  history: "M3.5 12a8.5 8.5 0 1 0 2.6-6.1L3.5 8.5M3.5 4v4.5H8M12 7.5V12l3.2 2",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3L20.5 20.5",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  more: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  add: "M12 5v14M5 12h14",
  light: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 7.5l5.5 5M12 12l4 4",
  link: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  warning: "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.2",
  sortUp: "M12 19V5M6.5 10.5L12 5l5.5 5.5",
  sortDown: "M12 5v14M6.5 13.5L12 19l5.5-5.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Beside words that say the same: nothing for screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <path d="M16.6 7.4l-2.9 6.3-6.3 2.9 2.9-6.3z" />
    </svg>
  );
}
