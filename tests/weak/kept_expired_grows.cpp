// SPDX-License-Identifier: MIT
// kept: a list of observers that nobody prunes; a snapshot when it has 100, and another when it has 400.
#include "tests/weak/weak.h"

#include "preload/leakgraph.h"

struct Observer {
    char state[200];
};
static auto &observers = *new std::vector<std::weak_ptr<Observer>>;

NOINLINE static void observe(int count)
{
    for (int i = 0; i < count; i++) {
        auto observer = std::make_shared<Observer>();
        observers.push_back(observer);
    }
}

int main()
{
    observe(100);
    leakgraph_snapshot("100");
    observe(300);
    leakgraph_snapshot("400");
    wipe();
    quick_exit(0);
}
