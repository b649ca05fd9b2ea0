import ms from 'ms'

/** Boats, how often they leave, and the minute of the first departure of the day. */
const boats = [
  { boat: 'Eider', to: 'Outer Skerry', every: '45 minutes', first: 6 * 60 + 15 },
  { boat: 'Fulmar', to: 'Lighthouse Point', every: '1.5 hours', first: 7 * 60 },
  { boat: 'Kittiwake', to: 'Salt Quay', every: '2 hours', first: 5 * 60 + 30 },
  { boat: 'Turnstone', to: 'Mill Island', every: '30 minutes', first: 6 * 60 },
]

/** The next departure of each boat after `now`, soonest first. */
export function departures(now) {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  return boats
    .map(({ boat, to, every, first }) => {
      const start = midnight + first * 60_000
      const interval = ms(every)
      const trips = Math.max(0, Math.ceil((now.getTime() - start) / interval))
      const leaves = start + trips * interval
      return { boat, to, at: new Date(leaves).toISOString(), in: ms(leaves - now.getTime(), { long: true }) }
    })
    .sort((a, b) => a.at.localeCompare(b.at))
}
