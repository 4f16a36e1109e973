/* SPDX-License-Identifier: MIT */
/* Pointers to a second base lead into the middle of the object; what a base holds is named after it. */
#include "program.h"

struct Named {
    virtual ~Named() = default;
    long id = 1;
};

struct Listener {
    virtual ~Listener() = default;
    Listener *peer = nullptr;
};

struct Camera : Named, Listener {
    double exposure = 0.5;
};

NOINLINE static Camera *make_camera()
{
    return new Camera;
}

NOINLINE static void lose_two_cameras()
{
    Camera *left = make_camera(), *right = make_camera();
    left->peer = right;
    right->peer = left;
    launder(left);
}

int main()
{
    lose_two_cameras();
    SCRUB();
    return 0;
}
