// SPDX-License-Identifier: MIT
// lost 31 cycles: every kind of control block.
#include "tests/weak/weak.h"

// The object in a block of its own.
namespace apart
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
NOINLINE static void go()
{
    std::shared_ptr<Node> n(new Node);
    n->callback = [n] { n->state[0]++; };
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        go();
}
} // namespace apart

// With a deleter.
namespace deleter
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::list<std::weak_ptr<Node>>;
NOINLINE static void go()
{
    std::shared_ptr<Node> n(new Node, [](Node *x) { delete x; });
    n->callback = [n] { n->state[0]++; };
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        go();
}
} // namespace deleter

// Of allocators with and without state.
namespace allocators
{
template <class T> struct Plain {
    using value_type = T;
    Plain() = default;
    template <class U> Plain(const Plain<U> &)
    {
    }
    T *allocate(size_t n)
    {
        return (T *)malloc(n * sizeof(T));
    }
    void deallocate(T *p, size_t)
    {
        free(p);
    }
};
template <class T, class U> bool operator==(const Plain<T> &, const Plain<U> &)
{
    return true;
}
template <class T, class U> bool operator!=(const Plain<T> &, const Plain<U> &)
{
    return false;
}
template <class T> struct Stateful {
    using value_type = T;
    long *count;
    Stateful(long *c) : count(c)
    {
    }
    template <class U> Stateful(const Stateful<U> &o) : count(o.count)
    {
    }
    T *allocate(size_t n)
    {
        ++*count;
        return (T *)operator new(n * sizeof(T));
    }
    void deallocate(T *p, size_t)
    {
        operator delete(p);
    }
};
template <class T, class U> bool operator==(const Stateful<T> &, const Stateful<U> &)
{
    return true;
}
template <class T, class U> bool operator!=(const Stateful<T> &, const Stateful<U> &)
{
    return false;
}
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
static long made;
NOINLINE static void go(int i)
{
    std::shared_ptr<Node> n = i & 1 ? std::allocate_shared<Node>(Plain<Node>())
                                    : std::allocate_shared<Node>(Stateful<Node>(&made));
    n->callback = [n] { n->state[0]++; };
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 6; i++)
        go(i);
}
} // namespace allocators

// Of an array.
namespace arrays
{
struct Item {
    std::shared_ptr<Item[]> all;
    char x[50];
};
static auto &registry = *new std::vector<std::weak_ptr<Item[]>>;
NOINLINE static void go()
{
    std::shared_ptr<Item[]> items(new Item[3]);
    items[1].all = items;
    registry.push_back(items);
}
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        go();
}
} // namespace arrays

// From unique_ptr, known as void.
namespace converted
{
struct Node {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<void>>;
NOINLINE static void go(int i)
{
    std::shared_ptr<Node> n = i & 1 ? std::shared_ptr<Node>(std::make_unique<Node>())
                                    : std::shared_ptr<Node>(new Node, [i](Node *x) {
                                          if (i >= 0)
                                              delete x;
                                      });
    n->callback = [n] { n->state[0]++; };
    registry.push_back(std::shared_ptr<void>(n));
}
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        go(i);
}
} // namespace converted

// Counts behind a mutex.
namespace with_mutex
{
struct Node {
    std::function<void()> callback;
    char state[100];
};
using Shared = std::__shared_ptr<Node, __gnu_cxx::_S_mutex>;
using Weak = std::__weak_ptr<Node, __gnu_cxx::_S_mutex>;
static auto &registry = *new std::vector<Weak>;
NOINLINE static void go()
{
    Shared n(new Node);
    n->callback = [n] { n->state[0]++; };
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go();
}
} // namespace with_mutex

// Known by pointers to parts.
namespace aliasing
{
struct Part {
    int value[10];
};
struct Node {
    std::unique_ptr<Part> part = std::make_unique<Part>();
    int value;
    std::function<void()> callback;
    char state[100];
};
static auto &values = *new std::vector<std::weak_ptr<int>>;
static auto &parts = *new std::vector<std::weak_ptr<Part>>;
NOINLINE static void go()
{
    auto n = std::make_shared<Node>();
    n->callback = [n] { n->state[0]++; };
    values.push_back(std::shared_ptr<int>(n, &n->value));
    parts.push_back(std::shared_ptr<Part>(n, n->part.get()));
}
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        go();
}
} // namespace aliasing

int main()
{
    apart::run();
    wipe();
    deleter::run();
    wipe();
    allocators::run();
    wipe();
    arrays::run();
    wipe();
    converted::run();
    wipe();
    with_mutex::run();
    wipe();
    aliasing::run();
    wipe();
}
