/* SPDX-License-Identifier: MIT */
/* A virtual base lies at the end of the complete object. */
#include "program.h"

struct Device {
    virtual ~Device() = default;
    Device *bus = nullptr;
};

struct Input : virtual Device {
    long inputs = 1;
};

struct Output : virtual Device {
    long outputs = 1;
};

struct Modem : Input, Output {
    long speed = 9600;
};

NOINLINE static Modem *make_modem()
{
    return new Modem;
}

NOINLINE static void lose_two_modems()
{
    Modem *here = make_modem(), *there = make_modem();
    here->bus = there;
    there->bus = here;
    launder(here);
}

int main()
{
    lose_two_modems();
    SCRUB();
    return 0;
}
