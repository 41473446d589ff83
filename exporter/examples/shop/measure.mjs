// Calls a small HTTP server of its own and writes the response times as a measures report. Times are measured, the
// delay of a "slow" day is not: ../story.json puts it there.
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";

const story = JSON.parse(readFileSync(new URL("story.json", import.meta.url), "utf8"));
const day = Number(process.env.SHOP_DAY ?? 0);
const slow = story.events.slow_api.includes(day);

const server = createServer((_request, response) => {
  const delay = 60 + Math.random() * 80 + (slow ? 380 : 0);
  setTimeout(() => response.end("ok"), delay);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/checkout`;

const milliseconds = [];
const startedAt = new Date().toISOString();
const began = performance.now();
for (let round = 0; round < 5; round++) {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const from = performance.now();
      await (await fetch(url)).text();
      milliseconds.push(Number((performance.now() - from).toFixed(3)));
    }),
  );
}
const seconds = (performance.now() - began) / 1000;
server.close();

writeFileSync(
  process.argv[2],
  `${JSON.stringify(
    {
      name: "checkout-load",
      timestamp: startedAt,
      measures: [
        { name: "api_response_time", unit: "ms", samples: milliseconds, component: "checkout", scenario: "steady" },
        { name: "requests_per_second", unit: "rps", value: Number((milliseconds.length / seconds).toFixed(2)), component: "checkout", scenario: "steady" },
      ],
    },
    null,
    1,
  )}\n`,
);
