// SPDX-License-Identifier: MIT
// lost 0 cycles 3 direct: the only owner is lost, no cycle.
#include "tests/weak/weak.h"

// A shared_ptr in a block that nobody has.
namespace owners
{
struct Node : std::enable_shared_from_this<Node> {
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void go()
{
    auto *owner = new std::shared_ptr<Node>(std::make_shared<Node>());
    registry.push_back(*owner);
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go();
}
} // namespace owners

int main()
{
    owners::run();
    wipe();
}
