// SPDX-License-Identifier: MIT
// lost 9 cycles at_least 8: nodes that hold themselves through what they registered; executors and managers know them weakly.
#include "tests/weak/nodes.h"

using namespace nodes;

// By a timer's lambda.
struct Driver : Node {
    TimerBase::SharedPtr timer;
    std::vector<float> scan = std::vector<float>(300);
    void start()
    {
        auto self = std::static_pointer_cast<Driver>(shared_from_this());
        timer = create_timer([self] { self->scan[0]++; });
    }
};

// By a bound member function.
struct Planner : Node {
    std::shared_ptr<Subscription> odometry;
    char grid[3000];
    void on_odometry(std::shared_ptr<Message> message)
    {
        grid[0] = (char)message->x[0];
    }
    void start()
    {
        auto self = std::static_pointer_cast<Planner>(shared_from_this());
        odometry =
            create_subscription(std::bind(&Planner::on_odometry, self, std::placeholders::_1));
    }
};

// By a request that nobody answers.
struct Client : Node {
    std::map<int, std::pair<std::promise<int>, std::function<void(std::shared_future<int>)>>> open;
    void start()
    {
        auto self = std::static_pointer_cast<Client>(shared_from_this());
        open[7].second = [self](std::shared_future<int> answer) { self->name[0] = (char)answer.get(); };
    }
};

static auto &executor = *new Executor;
static auto &managed = *new Managed;
static auto &components = *new std::map<int, std::shared_ptr<void>>;

template <class T> NOINLINE static void go(int i)
{
    auto node = std::make_shared<T>();
    node->start();
    executor.add(node);
    managed.by_name["name of the node " + std::to_string(i)] = node;
    managed.by_topic["scan"].push_back(node);
    components[i] = node;
}

int main()
{
    for (int i = 0; i < 3; i++) {
        go<Driver>(i);
        go<Planner>(10 + i);
        go<Client>(20 + i);
    }
    executor.spin();
    components.clear();
    wipe();
    quick_exit(0);
}
