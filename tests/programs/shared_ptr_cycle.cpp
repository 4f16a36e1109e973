/* SPDX-License-Identifier: MIT */
/* Two objects from make_shared that own each other: the classic. Object and counts are one block. */
#include <memory>
#include "program.h"

struct Planner {
    std::shared_ptr<Planner> peer;
    char state[48];
};

NOINLINE static std::shared_ptr<Planner> make_planner()
{
    return std::make_shared<Planner>();
}

NOINLINE static void lose_a_pair()
{
    auto one = make_planner(), other = make_planner();
    one->peer = other;
    other->peer = one;
}

int main()
{
    lose_a_pair();
    SCRUB();
    return 0;
}
