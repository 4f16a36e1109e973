/* SPDX-License-Identifier: MIT */
/* A scene behind a global pointer: children in a vector of unique_ptr, parents by plain pointers, and two
   actors that own one another but are still on the stage: a live cycle. */
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "program.h"

struct Node {
    Node *parent = nullptr;
    std::string label;
    std::vector<std::unique_ptr<Node>> children;
};

struct Actor {
    std::shared_ptr<Actor> partner;
    long lines = 0;
};

class Scene {
public:
    Node root;
    std::map<std::string, Node *> by_label;
    std::shared_ptr<Actor> lead;

    Node *add(Node &parent, const char *label)
    {
        parent.children.push_back(std::make_unique<Node>());
        Node *node = parent.children.back().get();
        node->parent = &parent;
        node->label = label;
        by_label[label] = node;
        return node;
    }
};

namespace stage {
Scene *g_scene;
}

NOINLINE static void build()
{
    stage::g_scene = new Scene;
    Node *house = stage::g_scene->add(stage::g_scene->root, "a house with a garden");
    for (int i = 0; i < 3; i++)
        stage::g_scene->add(*house, ("room number " + std::to_string(i) + " of it").c_str());
    stage::g_scene->lead = std::make_shared<Actor>();
    stage::g_scene->lead->partner = std::make_shared<Actor>();
    stage::g_scene->lead->partner->partner = stage::g_scene->lead;
}

int main()
{
    build();
    SCRUB();
    return 0;
}
