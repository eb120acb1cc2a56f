/** Runs at most `width` pieces of work at a time; the others wait in order. Who may ask bounds how many wait. */
export function takeTurns(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running < width) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift(); // it takes over this turn
      if (next) next();
      else running -= 1;
    }
  };
}
