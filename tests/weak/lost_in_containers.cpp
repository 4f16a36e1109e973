// SPDX-License-Identifier: MIT
// lost 46 cycles: objects that hold themselves; containers of weak_ptr know them.
#include "tests/weak/weak.h"

// A list of everybody.
namespace in_vector
{
using self_owning::Node, self_owning::make;
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        registry.push_back(make());
}
} // namespace in_vector

// By name.
namespace in_map
{
using self_owning::Node, self_owning::make;
static std::map<std::string, std::weak_ptr<Node>> &registry =
    *new std::map<std::string, std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        registry["node number " + std::to_string(i)] = make();
}
} // namespace in_map

// By number.
namespace in_hash_table
{
using self_owning::Node, self_owning::make;
static auto &registry = *new std::unordered_map<int, std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        registry[i] = make();
}
} // namespace in_hash_table

// Ordered by owner.
namespace in_set
{
using self_owning::Node, self_owning::make;
static auto &registry = *new std::set<std::weak_ptr<Node>, std::owner_less<std::weak_ptr<Node>>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        registry.insert(make());
}
} // namespace in_set

// A deque, a forward_list, a multimap.
namespace in_sequences
{
using self_owning::Node, self_owning::make;
static auto &queue = *new std::deque<std::weak_ptr<Node>>;
static auto &chain = *new std::forward_list<std::weak_ptr<Node>>;
static auto &several = *new std::multimap<int, std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++) {
        queue.push_back(make());
        chain.push_front(make());
        several.emplace(1, make());
    }
}
} // namespace in_sequences

// Pairs, tuples, a fixed array.
namespace in_tuples
{
using self_owning::Node, self_owning::make;
static auto &pairs = *new std::vector<std::pair<int, std::weak_ptr<Node>>>;
static auto &tuples = *new std::list<std::tuple<std::string, std::weak_ptr<Node>, int>>;
static auto &fixed = *new std::array<std::weak_ptr<Node>, 3>;
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++) {
        pairs.push_back({i, make()});
        tuples.push_back({"text", make(), 1});
        fixed[i] = make();
    }
}
} // namespace in_tuples

// Inside of entries that a hash table owns.
namespace in_entries
{
using self_owning::Node, self_owning::make;
struct Entry {
    std::string name;
    std::weak_ptr<Node> node;
    long used;
};
static auto &entries = *new std::unordered_map<std::string, std::unique_ptr<Entry>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        entries["entry number " + std::to_string(i)] =
            std::make_unique<Entry>(Entry{"e", make(), 0});
}
} // namespace in_entries

// Captured by functions.
namespace in_callbacks
{
using self_owning::Node, self_owning::make;
static auto &timers = *new std::list<std::function<void()>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        timers.push_back([w = std::weak_ptr<Node>(make())] {
            if (auto n = w.lock())
                n->callback();
        });
}
} // namespace in_callbacks

int main()
{
    in_vector::run();
    wipe();
    in_map::run();
    wipe();
    in_hash_table::run();
    wipe();
    in_set::run();
    wipe();
    in_sequences::run();
    wipe();
    in_tuples::run();
    wipe();
    in_entries::run();
    wipe();
    in_callbacks::run();
    wipe();
}
