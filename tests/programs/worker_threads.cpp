/* SPDX-License-Identifier: MIT */
/* Eight workers take jobs from a queue and hand results back: blocks cross threads all the time. */
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "program.h"

struct Job {
    int number;
    std::string text;
};

static std::mutex lock;
static std::condition_variable changed;
static std::deque<std::unique_ptr<Job>> jobs;
static std::map<int, std::string> results;
static bool finished;

NOINLINE static void work()
{
    for (;;) {
        std::unique_lock<std::mutex> guard(lock);
        changed.wait(guard, [] { return finished || !jobs.empty(); });
        if (jobs.empty())
            return;
        auto job = std::move(jobs.front());
        jobs.pop_front();
        guard.unlock();
        std::string text(job->text.rbegin(), job->text.rend());
        guard.lock();
        results[job->number] = std::move(text);
    }
}

int main()
{
    std::vector<std::thread> workers;
    for (int i = 0; i < 8; i++)
        workers.emplace_back(work);
    for (int i = 0; i < 5000; i++) {
        auto job = std::make_unique<Job>(Job{i, "a job with a text too long for itself " + std::to_string(i)});
        std::lock_guard<std::mutex> guard(lock);
        jobs.push_back(std::move(job));
        changed.notify_one();
    }
    {
        std::lock_guard<std::mutex> guard(lock);
        finished = true;
        changed.notify_all();
    }
    for (auto &worker : workers)
        worker.join();
    std::printf("%zu results, the last is %s\n", results.size(), results[4999].c_str());
    SCRUB();
    return 0;
}
