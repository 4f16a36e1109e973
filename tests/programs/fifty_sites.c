/* SPDX-License-Identifier: MIT */
/* Many allocations from fifty sites, a thousand live at a time: fifty_sites [COUNT]. The recording's size
 * follows the sites, not the count. */
#include <stdlib.h>
#include "program.h"

#define SITE(n)                                                                                          \
    NOINLINE static void *allocate_##n(size_t size)                                                      \
    {                                                                                                    \
        return launder(malloc(size));                                                                    \
    }
#define TEN(of, n) of(n##0) of(n##1) of(n##2) of(n##3) of(n##4) of(n##5) of(n##6) of(n##7) of(n##8) of(n##9)
#define NAME(n) allocate_##n,
TEN(SITE, 1) TEN(SITE, 2) TEN(SITE, 3) TEN(SITE, 4) TEN(SITE, 5)

static void *(*const sites[])(size_t) = {TEN(NAME, 1) TEN(NAME, 2) TEN(NAME, 3) TEN(NAME, 4) TEN(NAME, 5)};

static void *live[1000];

int main(int argument_count, char **arguments)
{
    long count = argument_count > 1 ? atol(arguments[1]) : 100000;
    for (long i = 0; i < count; i++) {
        free(live[i % 1000]);
        live[i % 1000] = sites[i % 50](16 + i % 77);
    }
    return live[0] == NULL;
}
