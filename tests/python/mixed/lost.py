# SPDX-License-Identifier: MIT
# Three cycles each through C++ and Python, in three ways: nobody can reach them, and gc cannot see them.
import gc

import views


class Panel(views.View):
    def on_event(self):
        pass


def lose_method():
    panel = Panel()
    panel.subscribe(panel.on_event)


def lose_closure():
    view = views.View()
    view.on_close(lambda: view.count())


def lose_timer():
    timer = views.Timer()
    timer.name = "tick"
    timer.call(timer.call)


for _ in range(3):
    lose_method()
    lose_closure()
    lose_timer()
assert gc.collect() == 0
