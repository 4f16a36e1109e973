/* SPDX-License-Identifier: MIT */
/* A linked library frees at the very end, after the recorder's own destructor: no leak. */
#include <stdlib.h>
#include "program.h"

void library_keep(size_t size);

int main(void)
{
    library_keep(500);
    SCRUB();
    return 0;
}
