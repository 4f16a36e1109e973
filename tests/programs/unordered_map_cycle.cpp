/* SPDX-License-Identifier: MIT */
/* Raw pointers through the nodes of hash tables and lists, and an array of unique_ptr. */
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>
#include "program.h"

struct Graph;

struct Vertex {
    Graph *graph = nullptr;
    std::list<Vertex *> neighbours;
};

struct Graph {
    std::unordered_map<int, std::unique_ptr<Vertex>> vertices;
    Vertex *add(int key)
    {
        auto &vertex = vertices[key];
        vertex = std::make_unique<Vertex>();
        vertex->graph = this;
        return vertex.get();
    }
};

NOINLINE static void lose_a_graph()
{
    auto *graph = new Graph;
    Vertex *one = graph->add(1), *other = graph->add(2);
    one->neighbours.push_back(other);
    other->neighbours.push_back(one);
    launder(graph);
}

int main()
{
    lose_a_graph();
    SCRUB();
    return 0;
}
