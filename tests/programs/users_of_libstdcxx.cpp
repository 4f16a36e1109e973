/* SPDX-License-Identifier: MIT */
/* Streams, regular expressions, exceptions, threads and futures of libstdc++: no leak of theirs, and
 * its emergency pool is none either. */
#include <future>
#include <iostream>
#include <locale>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
#include "program.h"

NOINLINE static int throw_and_catch()
{
    try {
        throw std::runtime_error(std::string(100, 'x'));
    } catch (const std::exception &caught) {
        return std::string(caught.what()).size() == 100;
    }
}

NOINLINE static int match()
{
    std::regex pattern("([a-z]+)-([0-9]+)");
    std::smatch found;
    std::string text = "joint-17";
    return std::regex_match(text, found, pattern) && found[2] == "17";
}

NOINLINE static int count_in_threads()
{
    auto number = std::async(std::launch::async, [] { return throw_and_catch(); });
    std::promise<int> promise;
    std::thread thread([&] { promise.set_value(match()); });
    int sum = number.get() + promise.get_future().get();
    thread.join();
    return sum;
}

int main()
{
    std::ostringstream text;
    std::locale("C.UTF-8");
    text << 1.5 << " " << throw_and_catch() + match() + count_in_threads();
    std::cout << text.str() << std::endl;
    SCRUB();
    return text.str() != "1.5 4";
}
