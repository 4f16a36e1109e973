/* SPDX-License-Identifier: MIT */
/* Static containers free themselves when the program ends: no leak. */
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "program.h"

static std::map<std::string, std::vector<double>> table;
static std::unique_ptr<std::string> text;

int main()
{
    for (int i = 0; i < 100; i++)
        table["a key too long for the small string " + std::to_string(i)].resize(i);
    text = std::make_unique<std::string>(500, 'x');
    static std::vector<std::shared_ptr<int>> numbers(50, std::make_shared<int>(1));
    SCRUB();
    return 0;
}
