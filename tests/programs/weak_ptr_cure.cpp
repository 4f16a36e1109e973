/* SPDX-License-Identifier: MIT */
/* The cure: the way back is a weak_ptr, everything is freed. */
#include <memory>
#include "program.h"

struct Child;
struct Parent {
    std::shared_ptr<Child> child;
};
struct Child {
    std::weak_ptr<Parent> parent;
};

NOINLINE static void use_a_family()
{
    auto parent = std::make_shared<Parent>();
    parent->child = std::make_shared<Child>();
    parent->child->parent = parent;
}

int main()
{
    use_a_family();
    SCRUB();
    return 0;
}
