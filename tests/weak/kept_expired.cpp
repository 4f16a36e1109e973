// SPDX-License-Identifier: MIT
// kept: weak references keep the memory of destroyed objects.
#include "tests/weak/weak.h"

// Nobody asked for them any more.
namespace nodes
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 100; i++) {
        auto n = std::make_shared<Node>();
        registry.push_back(n);
    }
}
} // namespace nodes

// What they pointed to has gone, or is others'.
namespace holders
{
struct Inner {
    char x[60];
};
struct Node : std::enable_shared_from_this<Node> {
    std::shared_ptr<Inner> inner;
    Inner *raw;
    char state[300];
};
static auto &registry = *new std::map<int, std::weak_ptr<Node>>;
static auto &inners = *new std::vector<std::shared_ptr<Inner>>;
NOINLINE static void run()
{
    for (int i = 0; i < 50; i++) {
        auto n = std::make_shared<Node>();
        n->inner = std::make_shared<Inner>();
        n->raw = n->inner.get();
        if (i % 10 == 0)
            inners.push_back(n->inner);
        registry[i] = n;
    }
}
} // namespace holders

int main()
{
    nodes::run();
    wipe();
    holders::run();
    wipe();
    quick_exit(0);
}
