// SPDX-License-Identifier: MIT
// kept: every object has an owner in a global container.
#include "tests/weak/weak.h"

// Children know their parent.
namespace parents
{
struct Parent;
struct Child {
    std::weak_ptr<Parent> parent;
    char x[40];
};
struct Parent {
    std::vector<std::shared_ptr<Child>> children;
    char y[80];
};
static auto &top = *new std::vector<std::shared_ptr<Parent>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++) {
        auto p = std::make_shared<Parent>();
        for (int k = 0; k < 3; k++) {
            auto c = std::make_shared<Child>();
            c->parent = p;
            p->children.push_back(c);
        }
        top.push_back(p);
    }
}
} // namespace parents

// A subject knows its observers.
namespace observers
{
struct Observer {
    char x[50];
};
struct Subject {
    std::vector<std::weak_ptr<Observer>> observers;
};
static Subject *subject = new Subject;
static auto &kept = *new std::list<std::shared_ptr<Observer>>;
NOINLINE static void run()
{
    for (int i = 0; i < 8; i++) {
        auto o = std::make_shared<Observer>();
        subject->observers.push_back(o);
        if (i & 1)
            kept.push_back(o);
    }
}
} // namespace observers

// Entries of a cache, some in use.
namespace cache
{
struct Image {
    std::string path;
    std::vector<char> pixels;
};
static auto &cache = *new std::unordered_map<std::string, std::weak_ptr<Image>>;
static auto &used = *new std::vector<std::shared_ptr<Image>>;
static std::shared_ptr<Image> load(const std::string &p)
{
    if (auto i = cache[p].lock())
        return i;
    auto i = std::make_shared<Image>(Image{p, std::vector<char>(1000)});
    cache[p] = i;
    return i;
}
NOINLINE static void run()
{
    for (int i = 0; i < 20; i++) {
        auto x = load("/a/long/path/to/an/image/" + std::to_string(i));
        if (i % 4 == 0)
            used.push_back(x);
    }
}
} // namespace cache

// An object knows itself.
namespace itself
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    char state[100];
};
static std::shared_ptr<Node> &node = *new std::shared_ptr<Node>;
NOINLINE static void run()
{
    node = std::make_shared<Node>();
    node->callback = [w = node->weak_from_this()] { w.lock()->state[0]++; };
}
} // namespace itself

// Handlers that wait own their session.
namespace queue
{
struct Session : std::enable_shared_from_this<Session> {
    char buffer[256];
    std::function<void()> on_close;
};
static auto &queue = *new std::list<std::function<void()>>;
static auto &sessions =
    *new std::set<std::weak_ptr<Session>, std::owner_less<std::weak_ptr<Session>>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++) {
        auto s = std::make_shared<Session>();
        s->on_close = [w = s->weak_from_this()] { w.lock(); };
        sessions.insert(s);
        queue.push_back([self = s->shared_from_this()] { self->buffer[0]++; });
    }
}
} // namespace queue

// An owner behind a void pointer.
namespace user_data
{
struct Item {
    char x[80];
    std::function<void()> f;
};
struct c_handle {
    void *user;
};
static c_handle handles[4];
static auto &registry = *new std::vector<std::weak_ptr<Item>>;
NOINLINE static void run()
{
    for (auto &h : handles) {
        auto i = std::make_shared<Item>();
        i->f = [w = std::weak_ptr<Item>(i)] { w.lock(); };
        registry.push_back(i);
        h.user = new std::shared_ptr<Item>(i);
    }
}
} // namespace user_data

// Owners in other objects' handlers.
namespace chain
{
struct Node : std::enable_shared_from_this<Node> {
    std::function<void()> callback;
    std::weak_ptr<Node> peer;
    char state[100];
};
static auto &first = *new std::shared_ptr<Node>;
static auto &registry = *new std::unordered_map<int, std::weak_ptr<Node>>;
NOINLINE static void run()
{
    auto a = std::make_shared<Node>(), b = std::make_shared<Node>(), c = std::make_shared<Node>();
    a->callback = [b, w = std::weak_ptr<Node>(a)] {
        b->state[0]++;
        w.lock();
    };
    b->callback = [c, w = std::weak_ptr<Node>(a)] {
        c->state[0]++;
        w.lock();
    };
    c->peer = a;
    b->peer = a;
    registry[1] = a;
    registry[2] = b;
    registry[3] = c;
    first = a;
    a.reset();
    b.reset();
    c.reset();
}
} // namespace chain

// Exchanged atomically.
namespace atomic
{
struct Config : std::enable_shared_from_this<Config> {
    std::vector<int> values = std::vector<int>(20);
    std::function<void()> changed;
};
static auto &current = *new std::shared_ptr<Config>;
static auto &watchers = *new std::vector<std::weak_ptr<Config>>;
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++) {
        auto c = std::make_shared<Config>();
        c->changed = [w = c->weak_from_this()] { w.lock(); };
        std::atomic_store(&current, c);
        watchers.push_back(std::atomic_load(&current));
    }
}
} // namespace atomic

int main()
{
    parents::run();
    wipe();
    observers::run();
    wipe();
    cache::run();
    wipe();
    itself::run();
    wipe();
    queue::run();
    wipe();
    user_data::run();
    wipe();
    chain::run();
    wipe();
    atomic::run();
    wipe();
    quick_exit(0);
}
