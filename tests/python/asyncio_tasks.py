# SPDX-License-Identifier: MIT
"""Coroutines and tasks; see tests/expect_stacks.py.

expect 100000 sensor@sensor robot@robot Handle._run BaseEventLoop._run_once BaseEventLoop.run_forever ...
expect 110000 sensor@later robot@robot Handle._run BaseEventLoop._run_once BaseEventLoop.run_forever ...
expect 120000 callback@callback Handle._run BaseEventLoop._run_once BaseEventLoop.run_forever ...
expect 130000 numbers@numbers collect@collect Handle._run ...
"""
import asyncio
import os

kept = []


async def sensor():
    kept.append(bytes(100000))  # @sensor
    await asyncio.sleep(0)
    kept.append(bytes(110000))  # @later


async def robot():
    await sensor()  # @robot


def callback():
    kept.append(bytes(120000))  # @callback


async def numbers():
    yield bytes(130000)  # @numbers


async def collect():
    async for block in numbers():  # @collect
        kept.append(block)


async def main():
    asyncio.get_running_loop().call_soon(callback)
    await asyncio.gather(asyncio.create_task(robot()), asyncio.create_task(collect()))


asyncio.run(main())
os._exit(0)
