/* SPDX-License-Identifier: MIT */
/* Each of four threads loses a pair of jobs that wait for one another. */
#include <memory>
#include <thread>
#include <vector>
#include "program.h"

struct Job {
    int number = 0;
    std::vector<std::shared_ptr<Job>> waits_for;
};

NOINLINE static void lose_jobs(int number)
{
    auto one = std::make_shared<Job>(), other = std::make_shared<Job>();
    one->number = number;
    one->waits_for.push_back(other);
    other->waits_for.push_back(one);
}

NOINLINE static void work(int number)
{
    lose_jobs(number);
    SCRUB();
}

int main()
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back(work, i);
    for (auto &thread : threads)
        thread.join();
    SCRUB();
    return 0;
}
