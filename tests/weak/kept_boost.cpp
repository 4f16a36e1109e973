// SPDX-License-Identifier: MIT
// kept: boost.
#include "tests/weak/weak.h"

#include <boost/enable_shared_from_this.hpp>
#include <boost/function.hpp>
#include <boost/make_shared.hpp>
#include <boost/shared_ptr.hpp>
#include <boost/weak_ptr.hpp>

// Owned by a vector.
namespace nodes
{
struct Node : boost::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<boost::weak_ptr<Node>>;
static auto &kept = *new std::vector<boost::shared_ptr<Node>>;
NOINLINE static void go(bool together)
{
    boost::shared_ptr<Node> n =
        together ? boost::make_shared<Node>() : boost::shared_ptr<Node>(new Node);
    boost::weak_ptr<Node> w = n;
    n->callback = [w] { w.lock(); };
    registry.push_back(n);
    kept.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 6; i++)
        go(i & 1);
}
} // namespace nodes

// Owned by functions in place.
namespace functions
{
struct Node : boost::enable_shared_from_this<Node> {
    boost::function<void()> callback;
    char state[100];
};
static auto &queue = *new std::list<boost::function<void()>>;
static auto &registry = *new std::vector<boost::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto n = boost::make_shared<Node>();
        boost::weak_ptr<Node> w = n;
        n->callback = [w] { w.lock(); };
        registry.push_back(n);
        queue.push_back([n] { n->state[0]++; });
    }
}
} // namespace functions

int main()
{
    nodes::run();
    wipe();
    functions::run();
    wipe();
    quick_exit(0);
}
