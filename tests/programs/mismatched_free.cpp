/* SPDX-License-Identifier: MIT */
/* Three ways to free with the wrong function: recorded, and the program goes on as without us. */
#include <cstdlib>
#include "program.h"

NOINLINE static void delete_of_malloc()
{
    operator delete(launder(malloc(100)));
}

NOINLINE static void free_of_new()
{
    free(launder(operator new(100)));
}

NOINLINE static void delete_of_new_array()
{
    operator delete(launder(operator new[](100)));
}

int main()
{
    delete_of_malloc();
    free_of_new();
    delete_of_new_array();
    return 0;
}
