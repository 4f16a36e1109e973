// SPDX-License-Identifier: MIT
// kept: nodes in use; what they registered knows them weakly.
#include "tests/weak/nodes.h"

using namespace nodes;

struct Driver : Node {
    TimerBase::SharedPtr timer;
    std::shared_ptr<Subscription> odometry;
    std::variant<int, std::shared_ptr<Node>, std::string> next;
    std::optional<std::weak_ptr<Node>> previous;
    void start()
    {
        timer = create_timer([weak = weak_from_this()] {
            if (auto self = weak.lock())
                self->name[0]++;
        });
        odometry = create_subscription([this](std::shared_ptr<Message> m) { name[1] = (char)m->x[0]; });
    }
};

static auto &executor = *new Executor;
static auto &managed = *new Managed;

// Whoever owns one.
static auto &components = *new std::map<int, std::shared_ptr<void>>;
static auto &by_part = *new std::vector<std::shared_ptr<char>>;
static auto &tasks = *new std::deque<std::function<void()>>;
static auto &one_of = *new std::vector<std::variant<int, std::shared_ptr<Node>>>;
static auto &perhaps = *new std::optional<std::shared_ptr<Node>>;
static auto &anything = *new std::any;
static auto &lists = *new std::map<std::string, std::list<std::shared_ptr<Node>>>;
static thread_local std::shared_ptr<Node> of_thread;
static std::shared_ptr<Node> &single()
{
    static std::shared_ptr<Node> node;
    return node;
}

NOINLINE static std::shared_ptr<Driver> make(int i)
{
    auto node = std::make_shared<Driver>(), next = std::make_shared<Driver>();
    for (auto &one : {node, next}) {
        one->start();
        executor.add(one);
        managed.by_name["name of the node " + std::to_string(i)] = one;
        managed.by_topic["scan"].push_back(one);
    }
    node->next = std::shared_ptr<Node>(next);
    next->previous = std::weak_ptr<Node>(node);
    return node;
}

NOINLINE static void go()
{
    auto part = make(2);
    auto task = make(3);
    components[0] = make(1);
    by_part.push_back(std::shared_ptr<char>(part, &part->name[2]));
    tasks.push_back([task] { task->name[0]++; });
    one_of.push_back(std::shared_ptr<Node>(make(4)));
    perhaps = make(5);
    anything = std::shared_ptr<Node>(make(6));
    lists["front"].push_back(make(7));
    of_thread = make(8);
    single() = make(9);
}

int main()
{
    go();
    executor.spin();
    wipe();
    quick_exit(0);
}
