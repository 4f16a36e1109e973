# SPDX-License-Identifier: MIT
"""Tasks, futures, queues and callbacks that hold one another, cancelled, failed and never awaited."""
import asyncio
import gc

gc.disable()


class Robot:
    def __init__(self):
        self.queue = asyncio.Queue()
        self.task = None

    async def drive(self):
        await self.queue.get()


async def held_by_its_task():
    robot = Robot()
    robot.task = asyncio.create_task(robot.drive())
    await asyncio.sleep(0)
    robot.task.cancel()
    await asyncio.gather(robot.task, return_exceptions=True)


async def failing():
    async def fail():
        raise ValueError(task)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    task.exception()


async def future_with_itself():
    future = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done, me=future: None)
    future.robot = Robot() if hasattr(future, "__dict__") else None
    future.set_result([future])


async def main():
    for part in (held_by_its_task, failing, future_with_itself):
        await part()


asyncio.run(main())
asyncio.set_event_loop(None)
