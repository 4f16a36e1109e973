// SPDX-License-Identifier: MIT
// containers rounds=N: standard containers, strings, shared_ptr, std::function, and an exception
// now and then, as C++ programs use them. The pairs are counted by operator new, which calls
// malloc.
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "workload.h"

static uint64_t pairs;

void *operator new(std::size_t size_bytes)
{
    pairs++;
    if (void *block = std::malloc(size_bytes))
        return block;
    throw std::bad_alloc();
}

void operator delete(void *block) noexcept
{
    std::free(block);
}

void operator delete(void *block, std::size_t) noexcept
{
    std::free(block);
}

namespace
{
struct Pose {
    std::string frame;
    std::vector<double> position;
};

struct Message {
    std::shared_ptr<Pose> pose;
    std::function<double()> weight;
};

class Queue
{
  public:
    void push(uint64_t number)
    {
        auto pose = std::make_shared<Pose>();
        pose->frame = "/map/robot/base_link/sensor_" + std::to_string(number % 1000);
        pose->position.assign({1.0, 2.0, static_cast<double>(number)});
        double scale = static_cast<double>(number), offset = scale + 1, gain = offset + 1;
        messages_.push_back({pose, [scale, offset, gain] { return scale * offset + gain; }});
        if (messages_.size() > 100)
            messages_.pop_front();
    }
    double latest() const
    {
        return messages_.back().weight();
    }

  private:
    std::list<Message> messages_;
};

class Index
{
  public:
    void put(uint64_t number)
    {
        by_number_[number % 5000] = std::to_string(number) + " is longer than a small string";
        by_name_["sensor number " + std::to_string(number % 500)].push_back(
            static_cast<int>(number));
        if (number % 500 == 0)
            by_name_.clear();
    }
    const std::string &get(uint64_t number) const
    {
        auto found = by_number_.find(number);
        if (found == by_number_.end())
            throw std::out_of_range("no entry with the number " + std::to_string(number));
        return found->second;
    }

  private:
    std::map<uint64_t, std::string> by_number_;
    std::unordered_map<std::string, std::vector<int>> by_name_;
};

uint64_t one_round(Queue &queue, Index &index, uint64_t number)
{
    queue.push(number);
    index.put(number);
    try {
        // Every 20th looks for what is not there.
        return index.get(number % 20 ? number % 5000 : 9999).size();
    } catch (const std::out_of_range &missing) {
        return std::string(missing.what()).size();
    }
}
} // namespace

int main(int, char **argv)
{
    uint64_t rounds = workload_number(argv, "rounds", 100000), sum = 0;
    struct workload_result result = {};
    {
        Queue queue;
        Index index;

        result.loop_ns = workload_now_ns();
        for (uint64_t i = 0; i < rounds; i++)
            sum += one_round(queue, index, i);
        sum += queue.latest() > 0;
        result.loop_ns = workload_now_ns() - result.loop_ns;
    }
    result.pairs = pairs;
    result.blocks = 15000;
    result.threads = 1;
    workload_print(&result);
    return sum ? 0 : 1;
}
