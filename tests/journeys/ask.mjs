// Reads one request a line ({method, url, headers, body}), sends it with fetch, and writes the answer on a line.
import { createInterface } from 'node:readline'

for await (const line of createInterface({ input: process.stdin })) {
  const { method, url, headers, body } = JSON.parse(line)
  const answer = await fetch(url, { method, headers, body })
  const found = { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
  console.log(JSON.stringify(found))
}
