const table = document.querySelector('tbody')
const clock = document.querySelector('time')

async function refresh() {
  const answer = await fetch('/api/departures')
  const rows = await answer.json()
  table.replaceChildren(
    ...rows.map((departure) => {
      const row = document.createElement('tr')
      for (const text of [departure.boat, departure.to, departure.at.slice(11, 16), departure.in]) {
        const cell = document.createElement('td')
        cell.textContent = text
        row.append(cell)
      }
      return row
    }),
  )
  clock.textContent = new Date().toISOString().slice(11, 16)
}

await refresh()
setInterval(refresh, 30_000)
