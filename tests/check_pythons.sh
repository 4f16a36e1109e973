#!/bin/bash
# SPDX-License-Identifier: MIT
# Every Python that is installed, in PATH or by pyenv: its garbage as gc.collect() finds it, type by type, and its
# lines. Versions that are not there are skipped by name.
. "$(dirname "$0")/lib.sh"
SCRIPTS=$ROOT/tests/python
number=0
export PYTHONDONTWRITEBYTECODE=1
cd "$WORK" || exit 1

# Interpreters of 3.MINOR, each once: pyenv's shims in PATH only lead to pyenv's.
found() {
    { type -ap "python3.$1" | grep -v /shims/; ls -d ~/.pyenv/versions/3."$1".*/bin/python3."$1"; } 2>/dev/null |
        xargs -r -n 1 realpath | sort -u
}

for minor in 8 9 10 11 12 13 14 15; do
    interpreters=$(found $minor)
    [ -n "$interpreters" ] || skip "Python 3.$minor" "not installed"
    for python in $interpreters; do
        version=$("$python" -c 'import platform; print(platform.python_version())') || continue
        name=$version-$((++number))
        record_as "$name" "$python" "$SCRIPTS/collected.py" "$SCRIPTS/garbage_kinds.py" "$WORK/$name.collected"
        fact "$version: what gc.collect() finds, type by type" python3 "$SCRIPTS/expect.py" "$name.json" \
            "collected('$WORK/$name.collected')" "not python['leaks']" "process['leaks']['blocks'] == 0"
        record_as "$name-lines" "$python" "$SCRIPTS/nodes/brain.py"
        fact "$version: who grows, and on which line" python3 "$SCRIPTS/expect.py" "$name-lines.json" \
            "[a['stack'][0]['function'].split('.')[-1] for a in process['advice'] if a['text'].startswith('Brain.history')] == ['hear']"
    done
done
finish
