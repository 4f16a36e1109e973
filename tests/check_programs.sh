#!/bin/bash
# SPDX-License-Identifier: MIT
# check_programs.sh [BUILD [NAME...]]
# Every named program (tests/programs) at -O0 and at -O2: is its report what NAME.expected says?
. "$(dirname "$0")/lib.sh"

# check_program LEVEL NAME: leaves LEVEL-NAME.json in the work folder
check_program() {
    local report=$WORK/$1-$2.json session=$WORK/session status
    rm -rf "$session"
    limited 60 "$LEAKGRAPH" record -o "$session" -- "$PROGRAMS/$1/$2" >"$WORK/out" 2>&1 </dev/null
    status=$?
    if ! limited 60 "$LEAKGRAPH" export --format json -o "$report" "$session" >"$WORK/differences" 2>&1; then
        echo "no report; exit status of the program $status" >>"$WORK/differences"
        rm -f "$report"
        return 1
    fi
    "$ROOT/tests/expect.py" "$ROOT/tests/programs/$2.expected" "$report" "$status" >"$WORK/differences" 2>&1
}

only=" ${*:2} "
for level in O0 O2; do
    for name in $(programs $level); do
        [ "$only" = "  " ] || [[ $only == *" $name "* ]] || continue
        if check_program $level "$name"; then
            ok "$name -$level"
        else
            not_ok "$name -$level" "$WORK/differences"
        fi
    done
done

for source in "$ROOT"/tests/programs/*.c "$ROOT"/tests/programs/*.cpp; do
    name=$(basename "${source%.*}")
    case $name in
    lib_*) continue ;;
    linked_to_*) [ -x "$PROGRAMS/O0/$name" ] || skip "$name" "the allocator is not installed" ;;
    *) [ -x "$PROGRAMS/O0/$name" ] || not_ok "$name was built" ;;
    esac
done

# Validated all at once: loading the validator takes longer than validating.
cat >"$WORK/validate.py" <<'PYTHON'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)(schema)
failed = not sys.argv[2:]
for path in sys.argv[2:]:
    for error in validator.iter_errors(json.load(open(path))):
        print(path.rsplit("/", 1)[1], "/".join(map(str, error.absolute_path)), error.message[:200])
        failed = True
sys.exit(failed)
PYTHON
fact "every report follows report/report.schema.json" \
    /usr/bin/python3 "$WORK/validate.py" "$ROOT/report/report.schema.json" "$WORK"/O*.json
finish
