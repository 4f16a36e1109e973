// SPDX-License-Identifier: MIT
// kept: the owner is a variable of main.
#include "tests/weak/weak.h"

struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void finish(std::shared_ptr<Node> &n)
{
    wipe();
    printf("%ld\n", n.use_count());
    exit(0);
}
int main()
{
    auto n = std::make_shared<Node>();
    n->callback = [w = n->weak_from_this()] { w.lock()->state[0]++; };
    registry.push_back(n);
    finish(n);
}
