const paths = {
  accepted: "M3.5 8.5l3 3 6-7",
  warned: "M8 3v6M8 12v.5",
  refused: "M4 4l8 8M12 4l-8 8",
  waiting: "M8 4v4l3 2",
  dropped: "M8 3v9M4.5 8.5L8 12l3.5-3.5",
  kept: "M4 8h8",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M10 3L5 8l5 5",
  closed: "M6 4l4 4-4 4",
  open: "M4 6l4 4 4-4",
} as const;

/** A picture beside a text that says the same. */
export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
