#!/bin/bash
# SPDX-License-Identifier: MIT
# Scripts as people write them, tests/python/script_*.py: recorded, each prints and ends as it does alone, leaves
# nothing in its folder, and its report says what the docstring expects.
. "$(dirname "$0")/lib.sh"
scripts_of_python "Python scripts"

# run_in FOLDER COMMAND...: output, errors and status beside the folder
run_in() {
    local folder=$1
    shift
    mkdir "$folder"
    (cd "$folder" && limited 120 "$@" >"../$folder.out" 2>"../$folder.err")
    echo $? >"$folder.status"
}

ends_the_same() { # NAME
    diff "$1-plain.out" "$1.out" && diff "$1-plain.err" "$1.err" && diff "$1-plain.status" "$1.status" &&
        [ -z "$(ls -A "$1")" ]
}

for script in "$SCRIPTS"/script_*.py; do
    name=$(basename "$script" .py)
    needed=$(sed -n 's/^needs //p' "$script")
    if [ -n "$needed" ] && ! "$PYTHON" -c "import $needed" 2>/dev/null; then
        skip "$name.py" "no $needed for $PYTHON"
        continue
    fi
    run_in "$name-plain" "$PYTHON" "$script"
    run_in "$name" "$LEAKGRAPH" record -o "$WORK/$name.session" -- "$PYTHON" "$script"
    fact "$name.py: prints and ends as it does alone" ends_the_same "$name"
    "$LEAKGRAPH" export -o "$name.json" "$name.session"
    fact "$name.py: the report says what is expected" python3 "$SCRIPTS/expect_script.py" "$script" "$name.json"
done
finish
