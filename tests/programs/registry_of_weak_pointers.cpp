/* SPDX-License-Identifier: MIT */
/* Nodes that hold themselves by a callback: the registry, which would find them alive, holds none of them. */
#include <functional>
#include <memory>
#include <vector>
#include "program.h"

struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[1000];
};

static auto &registry = *new std::vector<std::weak_ptr<Node>>;

NOINLINE static void start_node()
{
    auto node = std::make_shared<Node>();
    node->callback = [node] { node->state[0]++; };
    registry.push_back(node);
}

int main()
{
    registry.reserve(5);
    for (int i = 0; i < 5; i++)
        start_node();
    SCRUB();
    return 0;
}
