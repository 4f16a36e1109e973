// SPDX-License-Identifier: MIT
// kept: they own themselves, and raw pointers of the program lead to them.
#include "tests/weak/weak.h"

// Known by descriptor.
namespace connections
{
// A connection that owns itself until it ends; the poller knows it by a raw pointer.
struct Connection : std::enable_shared_from_this<Connection> {
    std::shared_ptr<Connection> self;
    char buffer[300];
    void start()
    {
        self = shared_from_this();
    }
    void stop()
    {
        self.reset();
    }
};
static auto &by_fd = *new std::map<int, Connection *>;
static auto &all = *new std::vector<std::weak_ptr<Connection>>;
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++) {
        auto c = std::make_shared<Connection>();
        c->start();
        by_fd[i] = c.get();
        all.push_back(c);
    }
}
} // namespace connections

// Known by a table in C.
namespace devices
{
struct Device : std::enable_shared_from_this<Device> {
    std::shared_ptr<Device> self;
    char buffer[200];
};
static struct {
    void (*call)(void *);
    void *user;
} table[3];
static auto &all = *new std::set<std::weak_ptr<Device>, std::owner_less<>>;
NOINLINE static void run()
{
    for (auto &t : table) {
        auto d = std::make_shared<Device>();
        d->self = d;
        all.insert(d);
        t = {[](void *u) { ((Device *)u)->self.reset(); }, d.get()};
    }
}
} // namespace devices

int main()
{
    connections::run();
    wipe();
    devices::run();
    wipe();
    quick_exit(0);
}
