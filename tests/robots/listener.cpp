/* SPDX-License-Identifier: MIT */
/* A roscpp node that writes the first hundred messages to a file: listener FILE. It loses a block on purpose. */
#include <cstdlib>
#include <fstream>

#include <ros/ros.h>
#include <std_msgs/String.h>

#include "tests/programs/program.h"

static std::ofstream heard;
static int count;

NOINLINE static void lose_a_block()
{
    launder(calloc(1, 12345));
}

static void on_message(const std_msgs::String::ConstPtr &message)
{
    if (count == 0)
        lose_a_block();
    if (count++ < 100)
        heard << message->data << "\n";
    if (count == 100)
        ros::shutdown();
}

int main(int argument_count, char **arguments)
{
    ros::init(argument_count, arguments, "listener");
    if (argument_count < 2)
        return 2;
    heard.open(arguments[1]);
    ros::NodeHandle node;
    ros::Subscriber subscriber = node.subscribe("said", 100, on_message);
    ros::spin();
    heard.close();
    return 0;
}
