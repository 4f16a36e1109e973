#!/bin/bash
# SPDX-License-Identifier: MIT
# ROS nodes: their names, and the recipes of docs/ros2.md with a stand-in for ros2 launch.
. "$(dirname "$0")/lib.sh"
ROS2=$ROOT/tests/ros/ros2
cd "$WORK" || exit 1
build talker "$ROOT/tests/ros/talker.c" -O1
export TALKER=$WORK/talker

# The whole launch.
run "$LEAKGRAPH" record -- "$ROS2"
expect "a launch prints what it prints, and ends as it ends" 0 "[INFO] [talker]: Publishing: 'Hello World: 1'"
run "$LEAKGRAPH" report
expect "a node is named in full, with its line" 0 "in /robot1/front_talker (pid"
fact "two nodes of one program are two lines" sh -c "grep -q '/robot1/front_talker: ' out && grep -q ' /robot2/front_talker ' out"
run "$LEAKGRAPH" report -p /robot2/front_talker
expect "-p takes the name of a node" 0 "/robot2/front_talker: "
fact "and shows it alone below the headline" sh -c '! sed 1d out | grep -q robot1'
run "$LEAKGRAPH" report -p front_talker
expect "a name of two nodes is not one of them" 2 "more than one process is called 'front_talker'"
run "$LEAKGRAPH" types -p rear_talker
expect "a name of no node is said to be that" 2 "no process is called 'rear_talker'"
run "$LEAKGRAPH" graph --leaks --format json -p /robot1/front_talker
expect "graph knows it, too" 0 '/robot1/front_talker'
run "$LEAKGRAPH" export --format json
python3 - >nodes <<'END'
import json
with open("out") as file:
    print(sorted(one["node"] or "" for one in json.load(file)["processes"]))
END
fact "JSON has the name beside the command" grep -qx "\['', '/robot1/front_talker', '/robot2/front_talker'\]" nodes
gate --process '/robot2/*'
expect "a budget can be one robot's" 0 "within all budgets: 1 process"
gate --process /robot1/front_talker
expect "and the other one's" 1 "/robot1/front_talker"
gate --process talker --max-leaked-bytes 1K
expect "a program's name is that of all its nodes" 0 "within all budgets: 2 processes"
"$LEAKGRAPH" export --format html -o page.html
fact "the page names them" grep -q '<h2[^>]*>/robot1/front_talker: ' page.html

# Behind a prefix.
run "$ROS2" "$LEAKGRAPH record -o prefixed --"
expect "the nodes of a launch prefix end as they do alone" 0 "Hello World"
gate prefixed
expect "they are in one session" 1 "/robot1/front_talker"
fact "without the launch" sh -c '! grep -q ros2 out'
run "$ROS2" "$LEAKGRAPH record -o filtered --" '^talker$'
run "$LEAKGRAPH" report filtered
expect "a filter matches the program's name" 0 "/robot2/front_talker"
run "$ROS2" "$LEAKGRAPH record -o nothing --" 'robot1'
fact "not the node's" test ! -e nothing

# In CI.
run "$LEAKGRAPH" check -o checked -- "$ROS2"
expect "check fails for a node that leaks" 1 "/robot1/front_talker"
run "$LEAKGRAPH" check -o checked --process '/robot2/*' -- "$ROS2"
expect "and not for another one" 0 "within all budgets: 1 process"
finish
