#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A rospy node that says numbered things, fifty a second, as soon as somebody listens."""
import rospy
from std_msgs.msg import String

rospy.init_node("talker")
publisher = rospy.Publisher("said", String, queue_size=100)
rate = rospy.Rate(50)
number = 0
while not rospy.is_shutdown():
    if publisher.get_num_connections() > 0:
        publisher.publish(f"message {number}")
        number += 1
    try:
        rate.sleep()
    except rospy.ROSInterruptException:
        break
