/* SPDX-License-Identifier: MIT */
/* Rooms know their doors by name, doors both of their rooms: cycles through the nodes of a map. */
#include <map>
#include <memory>
#include <string>
#include "program.h"

struct Room;

struct Door {
    std::shared_ptr<Room> inside, outside;
};

struct Room {
    int number = 0;
    std::map<std::string, std::shared_ptr<Door>> doors;
};

NOINLINE static void lose_a_house()
{
    auto kitchen = std::make_shared<Room>(), hall = std::make_shared<Room>();
    auto door = std::make_shared<Door>();
    door->inside = kitchen;
    door->outside = hall;
    kitchen->doors["to the hall"] = door;
    hall->doors["to the kitchen"] = door;
}

int main()
{
    lose_a_house();
    SCRUB();
    return 0;
}
