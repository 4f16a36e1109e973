/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ROS_NODE_H
#define LEAKGRAPH_ROS_NODE_H

/*
 * Which ROS node a process is, as its command line says: `--ros-args -r __node:=front -r
 * __ns:=/robot1` in ROS 2, `__name:=front __ns:=/robot1` or ROS_NAMESPACE in ROS 1. A launch starts
 * one program under many names.
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/model.h"

/* Writes "/robot1/front" ("/a, /b" where each of several nodes gets its name), or "talker
   (/robot1)" when `program` has a namespace only. False, and "": it is no node that was named. */
bool ros_node_write(char *text, size_t size, const struct process *process, const char *program);

#endif
