// SPDX-License-Identifier: MIT
// kept: owners are variables of threads that wait.
#include "tests/weak/weak.h"

struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
static int ready[2];
static void wait_for(int fd, std::shared_ptr<Node> &n)
{
    char c;
    if (write(ready[1], "x", 1) != 1 || read(fd, &c, 1) != 0)
        return;
    n->state[0]++;
}
static void run(int fd)
{
    auto n = std::make_shared<Node>();
    n->callback = [w = std::weak_ptr<Node>(n)] { w.lock(); };
    registry.push_back(n);
    wait_for(fd, n);
}
int main()
{
    int p[2];
    char c;
    if (pipe(p) || pipe(ready))
        return 1;
    for (int i = 0; i < 3; i++)
        std::thread(run, p[0]).detach();
    for (int i = 0; i < 3; i++)
        if (read(ready[0], &c, 1) != 1)
            return 1;
    usleep(20000);
    exit(0);
}
