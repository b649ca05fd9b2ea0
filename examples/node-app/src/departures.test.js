import assert from 'node:assert/strict'
import { test } from 'node:test'
import { departures } from './departures.js'

test('the next boat is first and lies in the future', () => {
  const now = new Date('2024-05-01T09:10:00Z')
  const [next] = departures(now)
  assert.equal(next.boat, 'Eider')
  assert.equal(next.at, '2024-05-01T09:15:00.000Z')
  assert.equal(next.in, '5 minutes')
})
