/* SPDX-License-Identifier: MIT */
/* The same with shared_ptr(new ...): object and counts are two blocks, both are members. */
#include <memory>
#include "program.h"

struct Planner {
    std::shared_ptr<Planner> peer;
    char state[48];
};

NOINLINE static std::shared_ptr<Planner> make_planner()
{
    return std::shared_ptr<Planner>(new Planner());
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
