// SPDX-License-Identifier: MIT
// kept: control blocks and containers lie in a pool.
#include "tests/weak/weak.h"

// Every second one.
namespace pool
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &pool = *new std::pmr::monotonic_buffer_resource;
static auto &kept = *new std::pmr::vector<std::shared_ptr<Node>>(&pool);
static auto &registry = *new std::pmr::vector<std::weak_ptr<Node>>(&pool);
NOINLINE static void run()
{
    for (int i = 0; i < 6; i++) {
        auto n = i & 1 ? std::make_shared<Node>()
                       : std::allocate_shared<Node>(std::pmr::polymorphic_allocator<Node>(&pool));
        n->callback = [w = n->weak_from_this()] { w.lock(); };
        registry.push_back(n);
        kept.push_back(n);
    }
}
} // namespace pool

int main()
{
    pool::run();
    wipe();
    quick_exit(0);
}
