#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of `export --format html`, opened and used in Chromium.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1

"$LEAKGRAPH" record -o demo "$PROGRAMS/O0/robot_demo" >/dev/null 2>&1
"$LEAKGRAPH" record -o many sh -c "'$PROGRAMS/O0/two_cycle'; '$PROGRAMS/O0/direct_leak'; '$PROGRAMS/O0/double_free'; true" \
    >/dev/null 2>&1
"$LEAKGRAPH" export --format html -o demo.html demo
fact "the page is written" test $? = 0
"$LEAKGRAPH" export --format html -o many.html many
mkdir sources && cp "$ROOT/tests/programs/direct_leak.c" "$ROOT/tests/programs/program.h" sources/
(cd sources && ${CC:-gcc} -g -o ../moved direct_leak.c) && mv sources elsewhere
"$LEAKGRAPH" record -o moved.data ./moved
"$LEAKGRAPH" export --format html --source-dir elsewhere -o moved.html moved.data
fact "sources that moved are found below --source-dir" grep -q 'class="hot">.*malloc(100)' moved.html
fact "without it, the page shows what was tried" sh -c "'$LEAKGRAPH' export --format html moved.data |
    grep -q 'source not found: $WORK/sources/direct_leak.c: No such file'"
if command -v /usr/bin/python3 >/dev/null; then
    "$LEAKGRAPH" record -o python /usr/bin/python3 "$ROOT/tests/python/wasteful.py" >/dev/null 2>&1
    "$LEAKGRAPH" export --format html -o python.html python
    fact "garbage of Python is there, its advice too" \
        sh -c "grep -q 'of garbage wait for gc.collect()' python.html && grep -q 'id=\"p0-advice\"' python.html"
else
    skip "garbage of Python is there, its advice too" "no /usr/bin/python3"
fi
fact "a page of several processes, too" test $? = 0
fact "nothing is fetched from outside" \
    sh -c "! grep -oE '(src|href)=\"[^#\"][^\"]*\"|url\\([^)]*\\)|@import' demo.html many.html | grep -v 'data:'"
fact "the verdict comes first" python3 -c '
import html.parser, sys
class Reader(html.parser.HTMLParser):
    open, text, first = [], "", None
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "input", "br", "link"): self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-4:], self.getpos())
        self.open.pop()
    def handle_startendtag(self, tag, attributes): pass
    def handle_data(self, data):
        if "h1" in self.open: self.text += data
for name in ("demo", "many"):
    reader = Reader()
    reader.feed(open(name + ".html").read())
    assert not reader.open, reader.open
    assert " lost in " in reader.text, reader.text'

play() {
    python3 - "$1" "$2" <<'PYTHON'
import sys
page = open(sys.argv[1]).read()
watch = "<script>addEventListener('error', event => { document.title = 'error: ' + event.message; });</script>"
user = "<script>if (!document.title.startsWith('error')) { const all = s => [...document.querySelectorAll(s)];" + sys.argv[2] + " }</script>"
page = page.replace("<head>", "<head>" + watch, 1)
open("played.html", "w").write(page.replace("</body>", user + "</body>"))
PYTHON
    title_of "$WORK/played.html"
}
shows() {
    local shown
    shown=$(play "$2" "$4")
    fact "$1" test "$shown" = "<title>$3"
    [ "$shown" = "<title>$3" ] || echo "#   shown: $shown"
}
if command -v chromium >/dev/null; then
    shows "it opens without an error, one flame graph visible" demo.html "6 tabs, 1 panel" \
        "document.title = all('[role=tab]').length + ' tabs, ' + all('.panel').filter(p => !p.hidden).length + ' panel';"
    shows "a tab shows another flame graph" demo.html "leaked bytes true" \
        "all('[role=tab]')[1].click(); const panel = all('.panel')[1];
         document.title = panel.querySelector('.title').textContent.split(':')[0] + ' ' + !panel.hidden;"
    shows "a graph that was opened zooms, too" demo.html "1180" \
        "all('[role=tab]')[1].click(); const panel = all('.panel')[1], last = [...panel.querySelectorAll('.f')].pop();
         last.dispatchEvent(new MouseEvent('click', {bubbles: true}));
         document.title = Math.round(last.querySelector('rect').getAttribute('width'));"
    shows "arrow keys move between tabs" demo.html "allocated bytes" \
        "const tabs = all('[role=tab]'); tabs[1].click(); tabs[1].focus();
         tabs[1].dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
         document.title = document.activeElement.textContent;"
    shows "the filter leaves matching rows" demo.html "1 of 5" \
        "const table = all('table.long')[1], rows = [...table.tBodies[0].rows], input = table.previousElementSibling;
         input.value = 'process_frame'; input.dispatchEvent(new Event('input'));
         document.title = rows.filter(r => !r.hidden).length + ' of ' + rows.length;"
    shows "each flame graph searches by itself" demo.html "0 in the second" \
        "all('[role=tab]')[1].click(); const words = all('.panel .words')[0]; words.value = 'main'; words.dispatchEvent(new Event('input', {bubbles: true}));
         const found = all('.panel').map(p => p.querySelectorAll('.found').length);
         document.title = (found[0] ? '' : 'nothing found, ') + found[1] + ' in the second';"
    shows "stacks and sources unfold" demo.html "main process_frame" \
        "const stack = all('details.stack')[0]; stack.open = true; const source = all('pre.source .hot')[0];
         document.title = (stack.textContent.includes('main') ? 'main ' : '') +
             (source.closest('details').textContent.includes('process_frame') ? 'process_frame' : '');"
    shows "links lead to every section" demo.html "all of 7" \
        "const links = all('nav a'), found = links.filter(a => document.querySelector(a.getAttribute('href')));
         document.title = (found.length === links.length ? 'all of ' : found.length + ' of ') + links.length;"
    shows "the first thing to do leads to its cycle" demo.html "Route.planner #p0-cycles" \
        "const first = all('.todo li')[0]; document.title = first.querySelector('code').textContent + ' ' + first.querySelector('a').getAttribute('href');"
    shows "types are listed with what they retain" demo.html "20 2.5 KiB" \
        "const row = all('#p0-types ~ table tr').find(r => /Route.waypoints buffer/.test(r.textContent));
         document.title = row.cells[0].textContent + ' ' + row.cells[2].textContent;"
    shows "arrow keys read the chart" demo.html "heap and resident" \
        "const chart = all('svg.timeline')[0]; chart.focus();
         for (let i = 0; i < 50; i++) chart.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
         document.title = /^\\d+\\.\\d+ s: heap [0-9.]+ KiB, resident [0-9.]+ MiB$/.test(chart.querySelector('.readout').textContent)
             ? 'heap and resident' : chart.querySelector('.readout').textContent;"
    shows "every process of a session has its part" many.html "3" \
        "document.title = all('h2').filter(h => !/sh -c/.test(h.textContent) && /two_cycle|direct_leak|double_free/.test(h.textContent)).length;"
    limited 60 chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$WORK/browser" \
        --print-to-pdf="$WORK/page.pdf" "file://$WORK/demo.html" >/dev/null 2>&1
    fact "it prints" sh -c 'head -c 5 page.pdf | grep -q %PDF-'
else
    skip "Chromium opens and uses it" "no chromium"
fi
if command -v dot >/dev/null; then
    fact "cycles are drawn" grep -q 'class="drawing"' demo.html
fi
mkdir empty
for tool in sh sed cat; do ln -s "$(command -v $tool)" empty/; done
fact "a missing Graphviz is reported" sh -c "PATH='$WORK/empty' '$LEAKGRAPH' export --format html demo | grep -q 'not drawn: .*not installed'"
finish
