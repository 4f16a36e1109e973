// SPDX-License-Identifier: MIT
// kept: destructors run; their objects still have their members.
#include "tests/weak/weak.h"

static int running[2];
struct Part {
    char x[77];
};
struct Node : std::enable_shared_from_this<Node> {
    std::unique_ptr<Part> part = std::make_unique<Part>();
    std::string text = "something long enough for a block";
    char state[100];
    ~Node()
    {
        if (write(running[1], "x", 1))
            for (;;)
                pause();
    }
};
static auto &registry = *new std::vector<std::weak_ptr<Node>>;
static void drop(int apart)
{
    std::shared_ptr<Node> n = apart ? std::shared_ptr<Node>(new Node) : std::make_shared<Node>();
    registry.push_back(n);
    n.reset();
}
int main()
{
    char c;
    if (pipe(running))
        return 1;
    for (int i = 0; i < 2; i++) {
        std::thread(drop, i).detach();
        if (read(running[0], &c, 1) != 1)
            return 1;
    }
    wipe();
    quick_exit(0);
}
