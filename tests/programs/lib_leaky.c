/* SPDX-License-Identifier: MIT */
/* For dlclosed_library: loses a block. */
#include <stdlib.h>
#include "program.h"

void library_lose(void);
void library_lose(void)
{
    launder(malloc(777));
}
