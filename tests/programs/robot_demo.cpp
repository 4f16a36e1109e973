/* SPDX-License-Identifier: MIT */
/*
 * A small robot for a second: a sensor loop, a planner and a logger. It has what robots have: a route
 * and its planner that own each other (a shared_ptr cycle per plan), frames that an error path forgets
 * (a leak), and a scan that is allocated anew in every cycle (a hot line). `make demo` records it.
 */
#include <chrono>
#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include "program.h"

struct Scan {
    std::vector<double> ranges;
    int number;
};

struct Planner;
struct Route {
    std::vector<double> waypoints;
    std::shared_ptr<Planner> planner; /* should be a weak_ptr */
};

struct Planner {
    std::string goal;
    std::shared_ptr<Route> route;
};

struct CameraFrame {
    char pixels[4096];
};

NOINLINE static Scan read_sensor(int number)
{
    Scan scan{std::vector<double>(360), number};
    for (int angle = 0; angle < 360; angle++)
        scan.ranges[angle] = 2.0 + std::sin(angle * 0.1 + number);
    return scan;
}

NOINLINE static void plan(const Scan &scan)
{
    auto planner = std::make_shared<Planner>();
    planner->goal = "dock at the charging station, scan " + std::to_string(scan.number);
    planner->route = std::make_shared<Route>();
    planner->route->waypoints.assign(scan.ranges.begin(), scan.ranges.begin() + 16);
    planner->route->planner = planner;
}

NOINLINE static bool process_frame(int number)
{
    auto *frame = static_cast<CameraFrame *>(launder(new CameraFrame));
    frame->pixels[0] = static_cast<char>(number);
    if (number % 100 == 99)
        return false; /* a bad frame: forgotten */
    delete frame;
    return true;
}

int main()
{
    std::deque<std::string> log;
    int bad_frames = 0;
    for (int cycle = 0; cycle < 1000; cycle++) {
        Scan scan = read_sensor(cycle);
        if (cycle % 50 == 0)
            plan(scan);
        if (!process_frame(cycle))
            bad_frames++;
        log.push_back("cycle " + std::to_string(cycle) + ": nearest obstacle " +
                      std::to_string(scan.ranges[0]));
        if (log.size() > 100)
            log.pop_front();
        std::this_thread::sleep_for(std::chrono::microseconds(900));
    }
    std::printf("robot: 1000 cycles, %d bad frames, %zu log lines\n", bad_frames, log.size());
    SCRUB();
    return 0;
}
