/* SPDX-License-Identifier: MIT */
#ifndef NODES_H
#define NODES_H

/*
 * The shape of a robot's node: timers, subscriptions and callback groups belong to it; executors and
 * managers within the process know all of them by weak_ptr. For lost_nodes.cpp and kept_nodes.cpp.
 */

#include "tests/weak/weak.h"

#include <any>
#include <future>

namespace nodes
{
struct Message {
    double x[4];
    std::string frame;
};

struct TimerBase {
    using SharedPtr = std::shared_ptr<TimerBase>;
    virtual ~TimerBase() = default;
    virtual void execute() = 0;
};
template <class Functor> struct Timer : TimerBase {
    Functor functor;
    explicit Timer(Functor given) : functor(std::move(given))
    {
    }
    void execute() override
    {
        functor();
    }
};

struct Subscription : std::enable_shared_from_this<Subscription> {
    virtual ~Subscription() = default;
    std::variant<std::monostate, std::function<void(const Message &)>,
                 std::function<void(std::shared_ptr<Message>)>>
        callback;
};

struct Group {
    std::mutex mutex;
    std::vector<std::weak_ptr<TimerBase>> timers;
    std::vector<std::weak_ptr<Subscription>> subscriptions;
};

struct NodeBase : std::enable_shared_from_this<NodeBase> {
    std::shared_ptr<Group> group = std::make_shared<Group>();
    std::vector<std::weak_ptr<Group>> groups{group};
};

struct Node : std::enable_shared_from_this<Node> {
    virtual ~Node() = default;
    std::shared_ptr<NodeBase> base = std::make_shared<NodeBase>();
    char name[40] = "";

    template <class Functor> TimerBase::SharedPtr create_timer(Functor functor)
    {
        auto timer = std::make_shared<Timer<Functor>>(std::move(functor));
        base->group->timers.push_back(timer);
        return timer;
    }
    template <class Functor> std::shared_ptr<Subscription> create_subscription(Functor functor)
    {
        auto subscription = std::make_shared<Subscription>();
        subscription->callback.template emplace<2>(std::move(functor));
        base->group->subscriptions.push_back(subscription);
        return subscription;
    }
};

struct Executor {
    std::list<std::weak_ptr<NodeBase>> nodes;
    std::map<std::weak_ptr<Group>, std::weak_ptr<NodeBase>, std::owner_less<>> groups;

    void add(const std::shared_ptr<Node> &node)
    {
        nodes.push_back(node->base);
        for (auto &group : node->base->groups)
            groups.insert({group, node->base});
    }
    void spin()
    {
        for (auto &[weak_group, node] : groups)
            if (auto group = weak_group.lock())
                for (auto &weak : group->timers)
                    if (auto timer = weak.lock())
                        timer->execute();
    }
};

struct Managed {
    std::unordered_map<std::string, std::weak_ptr<Node>> by_name;
    std::map<std::string, std::vector<std::weak_ptr<Node>>> by_topic;
};
} // namespace nodes

#endif
