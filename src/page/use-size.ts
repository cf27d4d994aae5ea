import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** The size of an element in pixels, and of a rem, which grows with the reader's font. */
export function useSize<Kind extends Element>() {
  const element = useRef<Kind>(null);
  const [size, setSize] = useState({ width: 0, height: 0, rem: 16 });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setSize({ width: entry.contentRect.width, height: entry.contentRect.height, rem });
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, size] as const;
}
