/* SPDX-License-Identifier: MIT */
/* class_loader makes a factory for each plugin and keeps none of them: no leak of the plugin's. What the plugin's
 * own initialiser loses is one. */
#include <string>

#include "program.h"

namespace class_loader {
namespace impl {
struct AbstractMetaObject {
    std::string class_name, base_class_name;
    virtual ~AbstractMetaObject() = default;
};
template <class Derived, class Base> struct MetaObject : AbstractMetaObject {
    virtual Base *create() const { return new Derived; }
};

template <class Derived, class Base> NOINLINE void registerPlugin(const std::string &name, const std::string &base)
{
    auto *factory = new MetaObject<Derived, Base>;
    launder(factory);
    factory->class_name = name + " with a name that needs a buffer of its own";
    factory->base_class_name = base + " with a name that needs a buffer of its own";
}
} // namespace impl
} // namespace class_loader

struct Node {
    virtual ~Node() = default;
};
struct Talker : Node {
    char buffer[1000];
};

NOINLINE static void lose_a_buffer()
{
    launder(new char[300]);
}

namespace {
struct Registration {
    Registration()
    {
        class_loader::impl::registerPlugin<Talker, Node>("demo::Talker", "rclcpp::Node");
        lose_a_buffer();
    }
} registration;
} // namespace

int main()
{
    SCRUB();
    return 0;
}
