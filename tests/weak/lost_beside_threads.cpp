// SPDX-License-Identifier: MIT
// lost 5 cycles at_least 4: threads lock other objects all the time.
#include "tests/weak/weak.h"

using self_owning::Node, self_owning::make;
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
static auto &live = *new std::vector<std::shared_ptr<Node>>;
static auto &watched = *new std::vector<std::weak_ptr<Node>>;
static std::atomic<bool> stop;
static void watch()
{
    while (!stop)
        for (auto &w : watched)
            if (auto n = w.lock())
                n->state[0]++;
    for (;;)
        pause();
}
int main()
{
    for (int i = 0; i < 3; i++) {
        live.push_back(std::make_shared<Node>());
        watched.push_back(live.back());
    }
    for (int i = 0; i < 2; i++)
        std::thread(watch).detach();
    for (int i = 0; i < 5; i++)
        registry.push_back(make());
    usleep(20000);
    wipe();
    quick_exit(0);
}
