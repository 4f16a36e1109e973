/* SPDX-License-Identifier: MIT */
#include "analyzer/cxx/brackets.h"

#include <stdbool.h>
#include <string.h>

/* 1 for a bracket that opens, -1 for one that closes. */
static int step(const char *text, const char *at)
{
    if (*at && strchr("<({", *at))
        return 1;
    bool is_arrow = *at == '>' && at > text && at[-1] == '-';
    return *at && strchr(">)}", *at) && !is_arrow ? -1 : 0;
}

const char *brackets_skip(const char *open)
{
    const char *at = open;
    for (int depth = 0; *at;) {
        depth += step(open, at++);
        if (depth <= 0)
            break;
    }
    return at;
}

size_t brackets_argument(const char *argument)
{
    const char *at = argument;
    while (*at && *at != ',' && step(argument, at) >= 0)
        at = brackets_skip(at);
    return (size_t)(at - argument);
}
