# SPDX-License-Identifier: MIT
# The same cycles, and for each there is somebody who holds it.
import sys
import threading
import weakref

import views


class Panel(views.View):
    def on_event(self):
        pass


def new_panel():
    panel = Panel()
    panel.subscribe(panel.on_event)
    return panel


def wait_with(panel, has_begun):
    has_begun.set()
    threading.Event().wait()


def weak_panel():
    panel = Panel()
    method = weakref.WeakMethod(panel.on_event)
    panel.subscribe(lambda: method()())


def timer():
    timer = views.Timer()
    timer.call(timer.call)
    return timer


how = sys.argv[1]
if how == "global":
    panel = new_panel()
elif how == "keep":
    views.keep(new_panel())
elif how == "callback":
    views.keep(new_panel().on_event)
elif how == "keep_by_view":
    views.keep_by_view(new_panel())
elif how == "show":
    views.show(new_panel())
elif how == "start":
    views.start(timer())
elif how == "hide":
    views.hide(new_panel())
elif how == "cpp_thread":
    views.keep_on_a_thread(new_panel())
elif how == "python_thread":
    has_begun = threading.Event()
    threading.Thread(target=wait_with, args=(new_panel(), has_begun), daemon=True).start()
    has_begun.wait()
elif how == "other":
    holder = views.View()
    holder.subscribe(new_panel().on_event)
    views.keep(holder)
    del holder
elif how == "weak":
    weak_panel()
elif how == "container":
    views.keep({"panels": [new_panel()]})
elif how == "generator":
    views.keep((panel for panel in [new_panel()]))
else:
    sys.exit("unknown: " + how)
del sys
