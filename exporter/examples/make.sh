#!/usr/bin/env bash
# Makes the example reports again by running the real tools on the example shop (shop/), a day of its story at a time.
# Past days are run under libfaketime, so that the reports carry their own times; Go reads the clock past libc, so its
# suite has no history. Needs: pytest, go, faketime, and this project's node_modules (vitest).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
last=${1:-2026-11-19}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/shop" "$work/shop"
ln -s "$root/node_modules" "$work/shop/node_modules"
export PATH="$root/node_modules/.bin:$PATH" PYTHONDONTWRITEBYTECODE=1 GOFLAGS=-mod=mod

clean() { sed -i -e "s#$work#/builds#g" -e "s#$root/node_modules#/builds/shop/node_modules#g" -e 's#hostname="[^"]*"#hostname="ci-runner"#g' -e 's#/root/[^" \\]*/site-packages#/usr/lib/python3/site-packages#g' -e 's#/root/[^" \\]*/lib/python#/usr/lib/python#g' "$1"; }

run_day() { # day, folder, time (empty: now)
  local day=$1 out=$2 at=$3
  mkdir -p "$out"
  local fake=(); [ -n "$at" ] && fake=(faketime "$at")
  (cd "$work/shop/api" && TZ=UTC SHOP_DAY=$day "${fake[@]}" python3 -m pytest -q -p no:cacheprovider --junitxml="$work/r.xml" >/dev/null || true)
  clean "$work/r.xml"; mv "$work/r.xml" "$out/api.junit.xml"
  (cd "$work/shop/web" && TZ=UTC SHOP_DAY=$day "${fake[@]}" node ../node_modules/vitest/vitest.mjs run --root . --reporter=json --outputFile="$work/r.json" >/dev/null 2>&1 || true)
  clean "$work/r.json"; mv "$work/r.json" "$out/web.vitest.json"
  (cd "$work/shop" && TZ=UTC SHOP_DAY=$day "${fake[@]}" node measure.mjs "$work/m.json")
  mv "$work/m.json" "$out/load.measures.json"
}

rm -rf "$here/history" "$here/live"
days=$(python3 -c "import json;print(json.load(open('$here/shop/story.json'))['days'])")
for day in $(seq 1 $((days - 1))); do
  date=$(date -u -d "$last - $((days - 1 - day)) days" +%F)
  for hour in 06 14; do run_day "$day" "$here/history/$date-$hour" "$date $hour:$((day % 50 + 10)):00"; done
  echo "day $day: $date"
done
run_day 0 "$here/live/good" ""
run_day 30 "$here/live/bad" ""
for kind in good:0 bad:30; do
  (cd "$work/shop/stock" && SHOP_DAY=${kind#*:} go test -count=1 -json ./... > "$here/live/${kind%:*}/stock.gotest.jsonl" || true)
done
{
  echo "# Example reports"
  echo
  echo "Made by \`exporter/examples/make.sh\` from the example shop in \`shop/\`; the story of its days is in \`shop/story.json\`."
  echo
  echo "- pytest: $(python3 -m pytest --version 2>&1), \`--junitxml\`"
  echo "- Vitest: $(node "$root/node_modules/vitest/vitest.mjs" --version | head -1), \`--reporter=json\`"
  echo "- Go: $(go version), \`go test -json\`"
  echo "- response times: \`shop/measure.mjs\`, forty requests to a local server"
  echo "- clock of the history: $(faketime --version 2>&1 | head -1)"
} > "$here/SOURCES.md"
