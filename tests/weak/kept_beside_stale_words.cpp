// SPDX-License-Identifier: MIT
// kept: an owner that has gone left its words; the true one has no type.
#include "tests/weak/weak.h"

// Cleared vectors.
namespace vector_slots
{
// The parent is held by a global; a child's vector held it, too, and was emptied: its words still
// stand in the buffer.
struct Parent;
struct Child {
    std::vector<std::shared_ptr<Parent>> parents;
};
struct Parent {
    std::shared_ptr<Child> child;
    char x[60];
};
static auto &kept = *new std::vector<std::shared_ptr<Parent>>;
static auto &registry = *new std::vector<std::weak_ptr<Parent>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto p = std::make_shared<Parent>();
        p->child = std::make_shared<Child>();
        p->child->parents.push_back(p);
        p->child->parents.clear();
        registry.push_back(p);
        kept.push_back(p);
    }
}
} // namespace vector_slots

// Cleared vectors and queues.
namespace queue_slots
{
struct Parent;
struct Child {
    std::vector<std::shared_ptr<Parent>> parents;
    std::deque<std::shared_ptr<Parent>> queue;
};
struct Parent {
    std::shared_ptr<Child> child;
    char x[60];
};
static void *where =
    mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
static auto &registry = *new std::vector<std::weak_ptr<Parent>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto p = std::make_shared<Parent>();
        p->child = std::make_shared<Child>();
        p->child->parents.push_back(p);
        p->child->parents.clear();
        p->child->queue.push_back(p);
        p->child->queue.pop_front();
        registry.push_back(p);
        new ((char *)where + 16 * i) std::shared_ptr<Parent>(p);
    }
}
} // namespace queue_slots

// Reset.
namespace optional
{
struct Parent;
struct Child {
    std::optional<std::shared_ptr<Parent>> parent;
    char x[40];
};
struct Parent {
    std::shared_ptr<Child> child;
    char y[60];
};
static auto &kept = *new std::vector<std::shared_ptr<Parent>>;
static auto &registry = *new std::vector<std::weak_ptr<Parent>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto p = std::make_shared<Parent>();
        p->child = std::make_shared<Child>();
        p->child->parent = p;
        p->child->parent.reset();
        registry.push_back(p);
        kept.push_back(p);
    }
}
} // namespace optional

// Switched to another alternative.
namespace variant
{
struct Parent;
struct Child {
    std::variant<int, std::shared_ptr<Parent>, std::weak_ptr<Parent>> parent;
    char x[40];
};
struct Parent {
    std::shared_ptr<Child> child;
    char y[60];
};
static void *where =
    mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
static auto &registry = *new std::vector<std::weak_ptr<Parent>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto p = std::make_shared<Parent>();
        p->child = std::make_shared<Child>();
        p->child->parent = p;
        if (i & 1)
            p->child->parent = 7;
        else
            p->child->parent = std::weak_ptr<Parent>(p);
        registry.push_back(p);
        new ((char *)where + 16 * i) std::shared_ptr<Parent>(p);
    }
}
} // namespace variant

// Which member holds nobody knows.
namespace union_member
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
struct Cell {
    int kind;
    union {
        std::shared_ptr<Node> strong;
        std::weak_ptr<Node> weak;
        long number;
    };
    Cell() : kind(0), number(0)
    {
    }
    ~Cell()
    {
    }
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
static Cell *cells = new Cell[4];
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto n = std::make_shared<Node>();
        n->callback = [w = n->weak_from_this()] { w.lock(); };
        registry.push_back(n);
        new (&cells[i].strong) std::shared_ptr<Node>(n);
        cells[i].kind = 1;
    }
}
} // namespace union_member

// Cleared vectors, and the true owner hides behind an xor.
namespace hidden_slots
{
struct Parent;
struct Child {
    std::vector<std::shared_ptr<Parent>> parents;
};
struct Parent {
    std::shared_ptr<Child> child;
    char x[60];
};
uintptr_t hidden[4][2];
static auto &registry = *new std::vector<std::weak_ptr<Parent>>;
NOINLINE static void run()
{
    for (auto &h : hidden) {
        auto p = std::make_shared<Parent>();
        p->child = std::make_shared<Child>();
        p->child->parents.reserve(4);
        p->child->parents.push_back(p);
        p->child->parents.clear();
        registry.push_back(p);
        alignas(8) char copy[16];
        new (copy) std::shared_ptr<Parent>(p);
        memcpy(h, copy, 16);
        h[0] ^= 0x5555555555555555;
        h[1] ^= 0x5555555555555555;
        memset(copy, 0, 16);
    }
}
} // namespace hidden_slots

// Destroyed in a pool; the true owner is in memory without a type.
namespace pooled
{
struct Node;
struct Link {
    std::shared_ptr<Node> node;
    Link *next;
};
struct Node : std::enable_shared_from_this<Node> {
    Link *spare;
    char x[60];
};
void *owners[4];
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void run()
{
    for (auto &owner : owners) {
        auto n = std::make_shared<Node>();
        Link *l = new Link{n, nullptr};
        l->node.~shared_ptr();
        n->spare = l;
        registry.push_back(n);
        owner = calloc(1, 40);
        asm volatile("" : "+r"(owner));
        new ((char *)owner + 16) std::shared_ptr<Node>(n);
    }
}
} // namespace pooled

int main()
{
    vector_slots::run();
    wipe();
    queue_slots::run();
    wipe();
    optional::run();
    wipe();
    variant::run();
    wipe();
    union_member::run();
    wipe();
    hidden_slots::run();
    wipe();
    pooled::run();
    wipe();
    quick_exit(0);
}
