// SPDX-License-Identifier: MIT
// lost 2 cycles at_least 1: variables of a function and of the thread know them.
#include "tests/weak/weak.h"

using self_owning::Node, self_owning::make;
static thread_local std::weak_ptr<Node> mine;
NOINLINE static void leave(std::weak_ptr<Node> &w)
{
    wipe();
    printf("%ld\n", w.use_count());
    fflush(stdout);
    quick_exit(0);
}
int main()
{
    mine = make();
    std::weak_ptr<Node> here = make();
    wipe();
    leave(here);
}
