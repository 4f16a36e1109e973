#!/bin/bash
# SPDX-License-Identifier: MIT
# OpenMetrics: what a strict reader makes of it, and a real Prometheus that scrapes a program which grows.
. "$(dirname "$0")/lib.sh"

build "$WORK/grow" "$ROOT/tests/metrics/grow.c" -g -O1 || exit 1
cd "$WORK" || exit 1

"$LEAKGRAPH" record -o cycle.data -- sh -c "'$PROGRAMS/O2/cycle_with_a_tail' 2>/dev/null; exec '$PROGRAMS/O2/robot_demo'" >/dev/null
"$LEAKGRAPH" export -f openmetrics -o cycle.txt cycle.data
"$LEAKGRAPH" export -o cycle.json cycle.data

# agrees: every figure is that of the JSON, and the lines of a process add up to its heap
agrees() {
    /usr/bin/python3 - cycle.txt cycle.json <<'PY'
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(open(sys.argv[1]).read())}
processes = {p["recording"].split("/")[-1][:-len(".lgr")]: p
             for p in json.load(open(sys.argv[2]))["processes"] if p["ended"] != "exec"}
def value(family, recording):
    found = [s.value for s in families["leakgraph_" + family].samples if s.labels["recording"] == recording]
    return found[0] if found else None
assert len(processes) == 2, sorted(processes)
for recording, process in processes.items():
    totals, leaks = process["totals"], process["leaks"]
    expected = {"heap_bytes": totals["live_bytes"], "heap_blocks": totals["live_blocks"],
                "heap_peak_bytes": totals["peak_bytes"], "allocations": totals["allocations"],
                "allocated_bytes": totals["allocated_bytes"], "frees": totals["frees"],
                "judged": int(leaks["checked"]), "cycles": sum(c["count"] for c in process["cycles"]),
                "leaked_bytes": leaks["bytes"], "leaked_blocks": leaks["blocks"]}
    for family, wanted in expected.items():
        assert value(family, recording) == wanted, (recording, family, value(family, recording), wanted)
    lines = [s for s in families["leakgraph_line_live_bytes"].samples if s.labels["recording"] == recording]
    assert sum(s.value for s in lines) == totals["live_bytes"], recording
    series = sum(s.labels["recording"] == recording for f in families.values() for s in f.samples)
    assert series < 100, series
assert {s.labels["recording"] for s in families["leakgraph_heap_bytes"].samples} == set(processes)
PY
}
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
    fact "a strict reader of OpenMetrics agrees with the JSON" agrees
else
    skip "a strict reader of OpenMetrics agrees with the JSON" "python3-prometheus-client is not installed"
fi

# --- a real Prometheus ---

# scraped QUERY: the value that Prometheus has
scraped() {
    curl -fsS --get "http://127.0.0.1:$1/api/v1/query" --data-urlencode "query=$2" |
        python3 -c 'import json, sys; r = json.load(sys.stdin)["data"]["result"]; print(r[0]["value"][1] if r else "none")'
}
is_scraped() {
    [ "$(scraped "$1" "$2")" = "$3" ]
}
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
serve() { # each request is answered by a new export of the running session
    cat >serve.py <<'PY'
import http.server, subprocess, sys
class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = subprocess.run([sys.argv[2], "export", "-f", "openmetrics", "grow.data"], stdout=subprocess.PIPE).stdout
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(text)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Exporter).serve_forever()
PY
    python3 serve.py "$1" "$LEAKGRAPH" >/dev/null 2>&1 &
}
if ! command -v prometheus >/dev/null || ! command -v curl >/dev/null; then
    skip "Prometheus sees a program grow" "prometheus or curl is not installed"
    finish
fi
mkfifo lines said
"$LEAKGRAPH" record -o grow.data -- ./grow <lines >said &
exec 8>lines 7<said
read -r -t 60 _ <&7
exporter=$(free_port) port=$(free_port)
serve "$exporter"
server=$!
cat >prometheus.yml <<EOF
scrape_configs:
  - job_name: robot
    scrape_interval: 1s
    static_configs: [{targets: ['127.0.0.1:$exporter']}]
EOF
prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$port" >prometheus.log 2>&1 &
database=$!
heap='leakgraph_line_live_bytes{function="keep"}'
for _ in 1 2 3; do
    echo >&8
    read -r -t 60 _ <&7
done
fact "Prometheus has the line that grows" wait_for 60 is_scraped "$port" "$heap" 300000
for _ in 1 2 3 4 5; do
    echo >&8
    read -r -t 60 _ <&7
done
fact "and sees it grow" wait_for 60 is_scraped "$port" "$heap" 800000
fact "and its rate" wait_for 60 sh -c \
    "curl -fsS --get 'http://127.0.0.1:$port/api/v1/query' --data-urlencode 'query=increase(leakgraph_allocations_total[1m]) > 0' |
     grep -q '\"process\":\"grow\"'"
exec 8>&-
kill $database $server
wait 2>/dev/null
finish
