#!/bin/bash
# SPDX-License-Identifier: MIT
# Completion in bash: commands, options and their choices, and nothing of a program's own words.
. "$(dirname "$0")/lib.sh"

"$LEAKGRAPH" --help=completion >"$WORK/completion"
fact "the completion is a script for bash" bash -n "$WORK/completion"
. "$WORK/completion"
fact "it is for leakgraph" sh -c "'${BASH}' -c '. \"$WORK/completion\"; complete -p leakgraph' | grep -q -- '-o default -F _leakgraph'"

# completes FACT EXPECTED WORD...: what is offered for the last word, in order of the alphabet
completes() {
    local fact=$1 expected=$2 offered
    shift 2
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _leakgraph
    offered=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')
    if [ "${offered% }" = "$expected" ]; then
        ok "$fact"
    else
        echo "'$offered', not '$expected'" >"$WORK/reason"
        not_ok "$fact" "$WORK/reason"
    fi
}

completes "commands" "record report" leakgraph re
completes "options of a command" "--max-leaked-blocks --max-leaked-bytes" leakgraph gate --max-l
completes "and not those of another" "" leakgraph report --max-l
completes "choices of an option" "sarif" leakgraph gate --format s
completes "also behind its letter" "github" leakgraph gate -f g
completes "also behind =" "junit" leakgraph check --format = ju
completes "all of them behind a bare =" "github junit markdown sarif text" leakgraph gate --format =
completes "files are left to bash" "" leakgraph gate leak
completes "so is what follows --" "" leakgraph check -- ./robot --max-l
for command in $("$LEAKGRAPH" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    options=$("$LEAKGRAPH" "$command" --help | sed -n '/^Options:/,$s/^ .\{5\}--\([a-z-]*\).*/--\1/p' | sort | tr '\n' ' ')
    completes "every option of $command" "${options% }" leakgraph "$command" --
done

# Other shells, where they are installed
"$LEAKGRAPH" --help=completion-fish >"$WORK/fish"
"$LEAKGRAPH" --help=completion-zsh >"$WORK/zsh"
fact "fish and zsh are told every option of every command" python3 - "$LEAKGRAPH" "$WORK/fish" "$WORK/zsh" <<'SCRIPT'
import re, subprocess, sys
help_of = lambda *words: subprocess.run([sys.argv[1], *words], capture_output=True, text=True).stdout
fish, zsh = (open(name).read() for name in sys.argv[2:])
for command in re.findall(r"^  (\w+) ", help_of("--help").split("\n\n")[2], re.M):
    part = re.search(rf"^    {command}\)\n(.*?) ;;$", zsh, re.M | re.S).group(1)
    for option in re.findall(r"^ .{5}--([a-z-]+)", help_of(command, "--help"), re.M):
        assert option == "help" or f"from {command}' -l {option} " in fish, (command, option)
        assert f"--{option}" in part, (command, option)
SCRIPT
for shell in fish zsh; do
    if command -v $shell >/dev/null; then
        fact "the completion is a script for $shell" $shell -n "$WORK/$shell"
    else
        skip "the completion is a script for $shell" "$shell is not installed"
    fi
done
finish
