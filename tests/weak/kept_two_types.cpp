// SPDX-License-Identifier: MIT
// kept: one function allocates blocks of two types.
#include "tests/weak/weak.h"

// Owners and weak references from one malloc.
namespace blocks
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    void *back;
    char state[100];
};
struct Strong {
    std::shared_ptr<Node> node;
    long mark;
};
struct Weak {
    std::weak_ptr<Node> node;
    long mark;
};
void *owners[8];
NOINLINE static void *get(size_t n)
{
    void *p = calloc(1, n);
    asm volatile("" : "+r"(p));
    return p;
}
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto n = std::make_shared<Node>();
        Weak *w = new (get(24)) Weak{n, 1};
        Weak *b = new (get(24)) Weak{n, 1};
        n->back = b;
        Strong *s = new (get(24)) Strong{n, 2};
        owners[2 * i] = w;
        owners[2 * i + 1] = s;
    }
}
} // namespace blocks

int main()
{
    blocks::run();
    wipe();
    quick_exit(0);
}
