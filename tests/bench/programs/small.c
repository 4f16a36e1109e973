/* SPDX-License-Identifier: MIT */
/* A small program: what it costs to start and to end. Linked to 300 libraries it is the large one.
 */
#include "workload.h"

int main(void)
{
    for (int i = 0; i < 20; i++) {
        void *block = malloc(16 + 8 * i);

        KEEP_POINTER(block);
        free(block);
    }
    puts("done");
    return 0;
}
