# SPDX-License-Identifier: MIT
"""Images of OpenCV, kept, dropped and held by garbage.

needs cv2
expect main["leaks"]["blocks"] == 0
expect main["python"]["garbage_cycles"] == 5
expect main["python"]["garbage_retained_bytes"] > 2 * 640 * 480 * 3
expect main["python"]["garbage_retained_bytes"] < 6 * 640 * 480 * 3
"""
import gc

import cv2
import numpy


class Frame:
    def __init__(self, image):
        self.image = cv2.GaussianBlur(image, (5, 5), 0)
        self.me = self


image = numpy.zeros((480, 640, 3), numpy.uint8)
cv2.circle(image, (100, 100), 50, (255, 255, 255), -1)
gc.collect()
gc.disable()
for _ in range(5):
    Frame(image)
corners = cv2.goodFeaturesToTrack(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 10, 0.01, 10)
print(image.sum(), corners is not None)
