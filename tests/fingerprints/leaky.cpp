/* SPDX-License-Identifier: MIT */
/* Leaks in all the places that a compiler likes to move about: static functions, members, templates,
 * lambdas, recursion, containers, smart pointers. Their names must stay the same however it is built. */
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace
{
volatile int always = 1;

/* Lost to every register and stack slot. */
template <typename T> void lose(T *&pointer)
{
    always += pointer != nullptr;
    pointer = nullptr;
}

struct Route;
struct Planner {
    std::shared_ptr<Route> route;
    int waypoints[12];
};
struct Route {
    std::shared_ptr<Planner> planner;
    std::vector<int> points;
};

void make_cycle()
{
    auto planner = std::make_shared<Planner>();
    planner->route = std::make_shared<Route>();
    planner->route->planner = planner;
    planner->route->points.resize(100);
}

char *duplicate(const char *text)
{
    return strdup(text);
}

void lose_a_copy()
{
    char *copy = duplicate("a text");
    lose(copy);
}

int descend(int depth)
{
    if (depth == 0) {
        int *deepest = new int[25];
        lose(deepest);
        return 0;
    }
    return descend(depth - 1) + always;
}

template <typename T> class Pool
{
  public:
    explicit Pool(size_t count) : blocks(count)
    {
        for (auto &block : blocks)
            block = make();
    }
    void drop()
    {
        blocks.clear();
    }

  private:
    T *make()
    {
        return new T();
    }
    std::vector<T *> blocks;
};

struct Point {
    double x = 0, y = 0, z = 0;
};

void lose_in_a_lambda()
{
    auto allocate = [](size_t size) { return malloc(size); };
    void *block = allocate(80);
    lose(block);
}

void lose_through_a_function_object()
{
    std::function<void *(size_t)> allocate = [](size_t size) { return calloc(1, size); };
    void *block = allocate(90);
    lose(block);
}

void lose_a_map()
{
    auto *names = new std::map<int, std::string>();
    (*names)[1] = "a name that is too long for the string itself";
    lose(names);
}

struct Sensor {
    virtual ~Sensor() = default;
    virtual char *read() = 0;
};
struct Lidar : Sensor {
    char *read() override
    {
        return new char[300];
    }
};

void lose_a_reading(Sensor &sensor)
{
    char *reading = sensor.read();
    lose(reading);
}
} // namespace

void visit(const std::function<void()> &each)
{
    each();
}

int main()
{
    Lidar lidar;
    make_cycle();
    lose_a_copy();
    descend(5);
    Pool<Point> pool(3);
    pool.drop();
    lose_in_a_lambda();
    lose_through_a_function_object();
    lose_a_map();
    lose_a_reading(lidar);
    visit([] {
        void *block = malloc(70);
        lose(block);
    });
    /* Whatever is left of the pointers below the stack and in registers. */
    char scrub[4096];
    memset(scrub, 0, sizeof scrub);
    always += scrub[always];
    return 0;
}
