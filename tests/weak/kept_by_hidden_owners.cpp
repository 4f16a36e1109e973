// SPDX-License-Identifier: MIT
// kept: no scan of aligned words finds the owners, or their type is unknown.
#include "tests/weak/weak.h"

// At odd addresses.
namespace unaligned
{
struct Item {
    char x[80];
};
struct Record {
    char bytes[24];
};
static auto &records = *new std::list<Record>;
static auto &registry = *new std::vector<std::weak_ptr<Item>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto it = std::make_shared<Item>();
        registry.push_back(it);
        Record r = {};
        new (r.bytes + 1) std::shared_ptr<Item>(it);
        records.push_back(r);
    }
}
} // namespace unaligned

// Behind an xor.
namespace scrambled
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static uintptr_t hidden[4][2];
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (auto &h : hidden) {
        auto n = std::make_shared<Node>();
        n->callback = [w = n->weak_from_this()] { w.lock(); };
        registry.push_back(n);
        alignas(8) char copy[16];
        new (copy) std::shared_ptr<Node>(n);
        memcpy(h, copy, 16);
        h[0] ^= 0x5555555555555555;
        h[1] ^= 0x5555555555555555;
        memset(copy, 0, 16);
    }
}
} // namespace scrambled

// In mapped memory.
namespace mapped
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static void *where =
    mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
static auto &registry = *new std::list<std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto n = std::make_shared<Node>();
        n->callback = [w = n->weak_from_this()] { w.lock(); };
        registry.push_back(n);
        new ((char *)where + 16 * i) std::shared_ptr<Node>(n);
    }
}
} // namespace mapped

int main()
{
    unaligned::run();
    wipe();
    scrambled::run();
    wipe();
    mapped::run();
    wipe();
    quick_exit(0);
}
