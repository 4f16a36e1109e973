/* SPDX-License-Identifier: MIT */
/* Three kinds of boost's pools. What their objects allocate for themselves is in no pool. */
#include <boost/pool/object_pool.hpp>
#include <boost/pool/pool.hpp>
#include <boost/pool/pool_alloc.hpp>
#include <list>
#include <string>

static boost::pool<> *blocks;
static boost::object_pool<std::string> *names;
static std::list<double, boost::fast_pool_allocator<double>> numbers;

__attribute__((noipa)) static void take()
{
    for (int i = 0; i < 200; i++) {
        blocks->malloc();
        names->construct("a name that is too long to stand in the object itself");
        numbers.push_back(i);
    }
}

int main()
{
    blocks = new boost::pool<>(48);
    names = new boost::object_pool<std::string>;
    take();
    return 0;
}
