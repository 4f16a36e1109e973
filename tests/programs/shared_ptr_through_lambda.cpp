/* SPDX-License-Identifier: MIT */
/* An object stores a callback that captures the object's own shared_ptr. */
#include <functional>
#include <memory>
#include "program.h"

struct Button {
    std::function<void()> on_click;
    int clicks = 0;
};

NOINLINE static void lose_a_button()
{
    auto button = std::make_shared<Button>();
    button->on_click = [button] { button->clicks++; };
    button->on_click();
}

int main()
{
    lose_a_button();
    SCRUB();
    return 0;
}
