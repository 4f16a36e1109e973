// SPDX-License-Identifier: MIT
/* A binding by pybind11 whose C++ objects keep functions of Python, in the ways that programs do.
 */
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace
{

class View
{
  public:
    virtual ~View() = default;
    void subscribe(py::function callback)
    {
        callbacks.push_back(callback);
    }
    void on_close(std::function<void()> callback)
    {
        closing = callback;
    }
    std::size_t count() const
    {
        return callbacks.size();
    }

  private:
    std::vector<py::function> callbacks;
    std::function<void()> closing;
};

/* Without a virtual function, and held by std::shared_ptr. */
class Timer
{
  public:
    void call(py::object callback)
    {
        work = callback;
    }

  private:
    py::object work;
};

/* Never destroyed: Python is gone by then. */
auto &kept_objects = *new std::vector<py::object>;
auto &object_of_view =
    *new std::unordered_map<const void *, py::object>; /* has the registry's shape, and owns */
std::vector<View *> shown_views;
std::vector<std::shared_ptr<Timer>> running_timers;
std::uintptr_t hidden_object;

void keep_on_a_thread(py::object object)
{
    PyObject *held = object.release().ptr();
    std::thread([held] {
        volatile PyObject *here = held;
        for (;;) {
            std::this_thread::sleep_for(std::chrono::seconds(1));
            (void)here;
        }
    }).detach();
}

} // namespace

PYBIND11_MODULE(views, module)
{
    py::class_<View>(module, "View")
        .def(py::init<>())
        .def("subscribe", &View::subscribe)
        .def("on_close", &View::on_close)
        .def("count", &View::count);
    py::class_<Timer, std::shared_ptr<Timer>>(module, "Timer", py::dynamic_attr())
        .def(py::init([] { return std::make_shared<Timer>(); }))
        .def("call", &Timer::call);
    module.def("keep", [](py::object object) { kept_objects.push_back(object); });
    module.def("keep_by_view",
               [](py::object object) { object_of_view[object.cast<View *>()] = object; });
    module.def("show", [](View &view) { shown_views.push_back(&view); });
    module.def("start", [](std::shared_ptr<Timer> timer) { running_timers.push_back(timer); });
    module.def("hide", [](py::object object) {
        hidden_object = ~reinterpret_cast<std::uintptr_t>(object.release().ptr());
    });
    module.def("keep_on_a_thread", &keep_on_a_thread);
}
