// SPDX-License-Identifier: MIT
// lost 17 cycles at_least 16: members of objects and variables know them weakly.
#include "tests/weak/weak.h"

// Two members of one manager.
namespace in_manager
{
using self_owning::Node, self_owning::make;
struct Manager {
    std::string name = "the manager of all nodes";
    std::vector<std::weak_ptr<Node>> nodes;
    std::map<int, std::weak_ptr<Node>> by_id;
};
static Manager *manager = new Manager;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto n = make();
        manager->nodes.push_back(n);
        manager->by_id[i] = n;
    }
}
} // namespace in_manager

// Members of base classes and arrays.
namespace in_bases
{
using self_owning::Node, self_owning::make;
struct Base {
    virtual ~Base()
    {
    }
    std::weak_ptr<Node> node;
};
struct Deep : Base {
    long x;
    std::weak_ptr<Node> all[4];
};
static auto &deep = *new std::vector<std::unique_ptr<Base>>;
NOINLINE static void go()
{
    auto d = std::make_unique<Deep>();
    d->node = make();
    d->all[2] = make();
    deep.push_back(std::move(d));
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go();
}
} // namespace in_bases

// Optional and variant members.
namespace in_optional
{
using self_owning::Node, self_owning::make;
struct Slot {
    std::optional<std::weak_ptr<Node>> maybe;
    std::variant<int, std::weak_ptr<Node>> either;
};
static auto &slots = *new std::vector<Slot>;
NOINLINE static void go()
{
    Slot s;
    s.maybe = make();
    s.either = std::weak_ptr<Node>(make());
    slots.push_back(s);
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go();
}
} // namespace in_optional

// A variable.
namespace in_global
{
using self_owning::Node, self_owning::make;
std::weak_ptr<Node> last;
NOINLINE static void run()
{
    last = make();
}
} // namespace in_global

int main()
{
    in_manager::run();
    wipe();
    in_bases::run();
    wipe();
    in_optional::run();
    wipe();
    in_global::run();
    wipe();
    quick_exit(0);
}
