/* SPDX-License-Identifier: MIT */
/* What looks like a bad habit and is none, or does not matter: no advice. */
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "program.h"

struct Point {
    double x, y, z;
};

/* As long as it lives, it grows no more. */
static std::vector<Point> points;
NOINLINE static double scan(int count)
{
    points.clear();
    for (int i = 0; i < count; i++)
        points.push_back(Point{1.0 * i, 2, 3});
    return points[count / 2].x;
}

/* Nearly nothing is added: every vector had to allocate once anyway. */
NOINLINE static std::vector<Point> corners(int i)
{
    std::vector<Point> found;
    found.push_back(Point{1.0 * i, 0, 0});
    return found;
}

NOINLINE static std::vector<Point> reserved(int count)
{
    std::vector<Point> found;
    found.reserve(count);
    for (int i = 0; i < count; i++)
        found.push_back(Point{1.0 * i, 0, 0});
    return found;
}

/* Short enough for the string itself. */
NOINLINE static size_t short_name(int i)
{
    std::string name(3 + i % 5, 'f');
    return strlen(name.c_str());
}

/* Held, of very different sizes. */
static std::vector<char *> lines;
NOINLINE static void read_line(int i)
{
    lines.push_back(static_cast<char *>(launder(malloc(10 + (unsigned)i * 7919 % 200))));
}

/* A map that is needed, and not large. */
static std::map<int, Point> landmarks;
NOINLINE static void see(int i)
{
    landmarks[i % 12000] = Point{1.0 * i, 0, 0};
}

/* One thread makes them, another drops them. */
static std::mutex lock;
static std::condition_variable changed;
static std::vector<std::unique_ptr<std::string>> mail;
NOINLINE static void post(int i)
{
    auto letter = std::make_unique<std::string>(100 + i % 9, 'x');
    std::unique_lock<std::mutex> guard(lock);
    mail.push_back(std::move(letter));
    changed.notify_all();
    changed.wait(guard, [] { return mail.empty(); });
}

NOINLINE static void read_mail(int count)
{
    for (int i = 0; i < count; i++) {
        std::unique_lock<std::mutex> guard(lock);
        changed.wait(guard, [] { return !mail.empty(); });
        mail.clear();
        changed.notify_all();
    }
}

/* Twice as large each time. */
NOINLINE static int collect(int count)
{
    int capacity = 0, *numbers = nullptr;
    for (int i = 0; i < count; i++) {
        if (i == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            numbers = static_cast<int *>(launder(realloc(numbers, capacity * sizeof(int))));
        }
        numbers[i] = i;
    }
    int last = numbers[count - 1];
    free(numbers);
    return last;
}

/* Often, but a drop in the sea of the others. */
NOINLINE static int log_line(int i)
{
    char *copy = static_cast<char *>(launder(malloc(100)));
    memset(copy, i, 100);
    int first = copy[0];
    free(copy);
    return first;
}

int main()
{
    double sum = 0;
    lines.reserve(400000);
    points.reserve(1000);
    mail.reserve(1);
    for (int i = 0; i < 300; i++)
        sum += scan(1000) + log_line(i);
    sum += collect(100000);
    for (int i = 0; i < 5000; i++)
        sum += corners(i)[0].x + reserved(50)[3].x;
    for (int i = 0; i < 300000; i++) {
        sum += short_name(i);
        read_line(i);
        see(i);
    }
    std::thread reader(read_mail, 12000);
    for (int i = 0; i < 12000; i++)
        post(i);
    reader.join();
    std::printf("%g\n", sum);
    for (char *line : lines)
        free(line);
    return 0;
}
