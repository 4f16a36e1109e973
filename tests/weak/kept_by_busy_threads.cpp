// SPDX-License-Identifier: MIT
// kept: threads make, lock and drop objects while the process ends.
#include "tests/weak/weak.h"

struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    std::vector<int> data = std::vector<int>(30);
    std::string text = "something long enough for a block";
};
static std::mutex lock;
static auto &registry = *new std::map<int, std::weak_ptr<Node>>;
static void work(int id)
{
    for (int i = 0;; i++) {
        auto n = std::make_shared<Node>();
        n->callback = [w = n->weak_from_this()] {
            if (auto s = w.lock())
                s->data[0]++;
        };
        {
            std::lock_guard<std::mutex> l(lock);
            registry[id * 10 + i % 5] = n;
        }
        n->callback();
        std::shared_ptr<Node> other;
        {
            std::lock_guard<std::mutex> l(lock);
            auto r = registry.find((id + 1) % 3 * 10 + i % 5);
            if (r != registry.end())
                other = r->second.lock();
        }
        if (other)
            other->callback();
    }
}
int main()
{
    for (int i = 0; i < 3; i++)
        std::thread(work, i).detach();
    usleep(30000);
    _exit(0);
}
