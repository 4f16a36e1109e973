/* SPDX-License-Identifier: MIT */
/* What the examples test: a robot that plans some routes, and forgets them when asked to. */
#include <stdlib.h>
#include <string.h>

struct route {
    double points[16];
};

static struct route *plan(int goal)
{
    struct route *route = calloc(1, sizeof *route);
    if (route)
        route->points[0] = goal;
    return route;
}

int main(int argc, char **argv)
{
    int forgets = argc > 1 && strcmp(argv[1], "--forget") == 0;
    for (int goal = 0; goal < 10; goal++) {
        struct route *route = plan(goal);
        if (!forgets)
            free(route);
    }
    return 0;
}
