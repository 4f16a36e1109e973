/* SPDX-License-Identifier: MIT */
/* Each of the habits that there is advice about, in a function of its own. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>
#include "program.h"

struct Point {
    double x, y, z;
};

struct Message {
    int number;
    char text[40];
};

NOINLINE static double scan(int count)
{
    std::vector<Point> points;
    for (int i = 0; i < count; i++)
        points.push_back(Point{1.0 * i, 2, 3});
    return points[count / 2].x;
}

NOINLINE static size_t join(int count)
{
    std::string text;
    for (int i = 0; i < count; i++)
        text += "1.25 ";
    return text.size();
}

NOINLINE static size_t name_frame(int i)
{
    std::string name(30 + i % 5, 'f');
    return strlen(name.c_str()); /* or the compiler needs no string */
}

NOINLINE static float filter(int i)
{
    std::vector<float> window(64), weights(16);
    window[i % 64] = (float)i;
    weights[i % 16] = 2;
    return window[3] + weights[5];
}

NOINLINE static int call(const std::function<int()> &function)
{
    return function();
}

NOINLINE static int capture(int i)
{
    double a = i, b = i + 1, c = i + 2, d = i + 3;
    return call([=] { return (int)(a + b + c + d); });
}

NOINLINE static int copy_text(const char *text)
{
    char *copy = static_cast<char *>(launder(malloc(strlen(text) + 1)));
    strcpy(copy, text);
    int length = (int)strlen(copy);
    free(copy);
    return length;
}

/* One more each time. */
NOINLINE static int collect(int count)
{
    int *numbers = nullptr;
    for (int i = 0; i < count; i++) {
        numbers = static_cast<int *>(launder(realloc(numbers, (i + 1) * sizeof(int))));
        numbers[i] = i;
    }
    int last = numbers[count - 1];
    free(numbers);
    return last;
}

/* A window of the last ones. */
static std::map<int, int> recent;
NOINLINE static void remember(int i)
{
    recent[i] = i;
    if (recent.size() > 500)
        recent.erase(recent.begin());
}

static std::deque<Message *> queue;
NOINLINE static void send(int i)
{
    queue.push_back(new Message{i, "moved"});
    if (queue.size() > 50) {
        delete queue.front();
        queue.pop_front();
    }
}

static std::list<Point> path;
NOINLINE static void walk(int count)
{
    for (int i = 0; i < count; i++)
        path.push_back(Point{1.0 * i, 0, 0});
}

static std::vector<std::unique_ptr<Point>> map_points;
NOINLINE static void explore(int count)
{
    map_points.reserve(count);
    for (int i = 0; i < count; i++)
        map_points.push_back(std::make_unique<Point>(Point{1.0 * i, 0, 0}));
}

int main()
{
    double sum = 0;
    walk(40000);
    explore(40000);
    for (int i = 0; i < 400; i++)
        sum += scan(1000) + join(1000);
    sum += collect(3000);
    for (int i = 0; i < 120000; i++) {
        sum += name_frame(i) + filter(i) + capture(i) + copy_text("a line of a configuration file");
        remember(i);
        send(i);
    }
    std::printf("%g\n", sum);
    for (Message *message : queue)
        delete message;
    return 0;
}
