// SPDX-License-Identifier: MIT
// lost 28 cycles: through several objects, base classes and handlers.
#include "tests/weak/weak.h"

// Two that hold one another.
namespace two_objects
{
struct B;
struct A {
    std::shared_ptr<B> b;
    char x[50];
};
struct B {
    std::shared_ptr<A> a;
    char y[60];
};
static auto &registry = *new std::vector<std::weak_ptr<A>>;
NOINLINE static void go()
{
    auto a = std::make_shared<A>();
    a->b = std::make_shared<B>();
    a->b->a = a;
    registry.push_back(a);
}
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        go();
}
} // namespace two_objects

// The owner is a base class.
namespace virtual_methods
{
struct Base : std::enable_shared_from_this<Base> {
    virtual ~Base()
    {
    }
    virtual void run() = 0;
};
struct Derived : Base {
    std::function<void()> callback;
    char state[200];
    void run() override
    {
        callback();
    }
    void start()
    {
        callback = [self = shared_from_this()] { self->run(); };
    }
};
static auto &registry = *new std::vector<std::weak_ptr<Base>>;
NOINLINE static void go()
{
    auto d = std::make_shared<Derived>();
    d->start();
    registry.push_back(d);
}
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        go();
}
} // namespace virtual_methods

// Several and virtual bases.
namespace bases
{
struct Named {
    virtual ~Named()
    {
    }
    std::string name = "a name that is long enough to be a block";
};
struct Counted {
    virtual ~Counted()
    {
    }
    long count = 0;
};
struct Common {
    virtual ~Common()
    {
    }
    long common = 1;
};
struct Left : virtual Common {
    long l;
};
struct Right : virtual Common {
    long r;
};
struct Several : Named, Counted, std::enable_shared_from_this<Several> {
    std::function<void()> callback;
};
struct Diamond : Left, Right, std::enable_shared_from_this<Diamond> {
    std::function<void()> callback;
};
static auto &counted = *new std::vector<std::weak_ptr<Counted>>;
static auto &common = *new std::vector<std::weak_ptr<Common>>;
NOINLINE static void go()
{
    auto s = std::make_shared<Several>();
    s->callback = [s] { s->count++; };
    counted.push_back(s);
    auto d = std::make_shared<Diamond>();
    d->callback = [d] { d->l++; };
    common.push_back(d);
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go();
}
} // namespace bases

// Children that own their parent.
namespace tree
{
struct Parent;
struct Child {
    std::shared_ptr<Parent> parent;
    char x[40];
};
struct Parent {
    std::vector<std::shared_ptr<Child>> children;
    char y[80];
};
static auto &parents = *new std::vector<std::weak_ptr<Parent>>;
static auto &children = *new std::map<int, std::weak_ptr<Child>>;
NOINLINE static void go(int i)
{
    auto p = std::make_shared<Parent>();
    for (int k = 0; k < 4; k++) {
        auto c = std::make_shared<Child>();
        c->parent = p;
        p->children.push_back(c);
        children[i * 10 + k] = c;
    }
    parents.push_back(p);
}
NOINLINE static void run()
{
    for (int i = 0; i < 3; i++)
        go(i);
}
} // namespace tree

// A view that its own model holds.
namespace observers
{
struct Model {
    std::vector<std::function<void(int)>> observers;
    std::string name = "a model with a long enough name";
};
struct View : std::enable_shared_from_this<View> {
    std::shared_ptr<Model> model;
    std::string title = "a view with a long enough title";
    void watch()
    {
        model->observers.push_back([self = shared_from_this()](int) { self->title += "x"; });
    }
};
struct Slot {
    std::weak_ptr<View> tracked;
    std::function<void()> redraw;
};
static auto &screen = *new std::vector<Slot>;
NOINLINE static void go()
{
    auto v = std::make_shared<View>();
    v->model = std::make_shared<Model>();
    v->watch();
    screen.push_back({v, [w = v->weak_from_this()] {
                          if (auto v = w.lock())
                              v->title.clear();
                      }});
}
NOINLINE static void run()
{
    for (int i = 0; i < 4; i++)
        go();
}
} // namespace observers

// Three handlers each.
namespace handlers
{
struct Node {
    std::vector<std::function<void(int)>> handlers;
    std::string name = "a node with a long enough name";
};
static auto &registry = *new std::list<std::weak_ptr<Node>>;
NOINLINE static void go()
{
    auto n = std::make_shared<Node>();
    for (int k = 0; k < 3; k++)
        n->handlers.push_back([n, k](int v) { n->name[k] = (char)v; });
    registry.push_back(n);
}
NOINLINE static void run()
{
    for (int i = 0; i < 5; i++)
        go();
}
} // namespace handlers

int main()
{
    two_objects::run();
    wipe();
    virtual_methods::run();
    wipe();
    bases::run();
    wipe();
    tree::run();
    wipe();
    observers::run();
    wipe();
    handlers::run();
    wipe();
}
