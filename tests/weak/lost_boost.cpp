// SPDX-License-Identifier: MIT
// lost 6 cycles: boost::shared_ptr.
#include "tests/weak/weak.h"

#include <boost/enable_shared_from_this.hpp>
#include <boost/function.hpp>
#include <boost/make_shared.hpp>
#include <boost/shared_ptr.hpp>
#include <boost/weak_ptr.hpp>

// With and without make_shared.
namespace nodes
{
struct Node : boost::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<boost::weak_ptr<Node>>;
NOINLINE static void go(bool together)
{
    boost::shared_ptr<Node> n =
        together ? boost::make_shared<Node>() : boost::shared_ptr<Node>(new Node);
    n->callback = [n] { n->state[0]++; };
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 6; i++)
        go(i & 1);
}
} // namespace nodes

int main()
{
    nodes::run();
    wipe();
}
