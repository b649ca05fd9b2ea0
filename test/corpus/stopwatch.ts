/** Times that a busy machine does not falsify: above this many milliseconds the processor's time counts, if it is less. */
const SHORT = 50;

/** Starts measuring; the function that comes back gives the milliseconds since. */
export function startStopwatch(): () => number {
  const began = performance.now();
  const used = process.cpuUsage();
  return () => {
    const wall = performance.now() - began;
    if (wall < SHORT) return wall;
    const { user, system } = process.cpuUsage(used);
    return Math.min(wall, (user + system) / 1000);
  };
}
