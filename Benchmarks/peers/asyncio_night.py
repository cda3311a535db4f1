#!/usr/bin/env python3
"""What a careful engineer writes instead: one night as an asyncio script, the peer of Benchmarks/beside.

    python3 -m pip install aiohttp asyncpg      (Debian: python3-aiohttp, python3-asyncpg)
    DATABASE_URL=… MONO_BASE_URL=… MONO_SECRET_KEY=… asyncio_night.py [RATE] [WINDOW_SECONDS]

One session and one pool, tasks for all accounts, calls paced to the rate, looks at a job after 1 s, 2 s, 4 s and so on
up to 30 s, writes in batches: as the documentation of aiohttp and asyncpg recommends.
"""
import asyncio
import collections
import os
import sys

import aiohttp
import asyncpg

RATE = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
WINDOW = float(sys.argv[2]) if len(sys.argv) > 2 else 300.0
STUCK = """
    select account_id from mono.accounts
    where not data_available and unlinked_at is null and awaiting_update_since < now() - interval '5 minutes'"""
SETTLE = """
    update mono.accounts a set data_status = r.status, data_available = r.status = 'AVAILABLE',
        awaiting_update_since = case when r.status <> 'AVAILABLE' then a.awaiting_update_since end
    from unnest($1::text[], $2::text[]) r (account_id, status) where a.account_id = r.account_id"""


class Pace:
    """Gives one slot every 1/rate seconds, first come, first served."""

    def __init__(self, rate):
        self.gap, self.next = 1 / rate, 0.0

    async def slot(self):
        now = asyncio.get_running_loop().time()
        at = max(self.next, now)
        self.next = at + self.gap
        await asyncio.sleep(at - now)


class Night:
    def __init__(self, session, pool):
        self.session, self.pool, self.pace = session, pool, Pace(RATE)
        self.done, self.outcomes = [], collections.Counter()

    async def get(self, path, headers=None, tries=5):
        for attempt in range(1, tries + 1):
            await self.pace.slot()
            try:
                async with self.session.get(path, headers=headers) as answer:
                    answer.raise_for_status()
                    return answer.headers, await answer.json()
            except (aiohttp.ClientError, asyncio.TimeoutError):
                if attempt == tries:
                    raise
                await asyncio.sleep(0.5 * 2**attempt)

    async def status(self, account):
        return (await self.get(f"/v2/accounts/{account}"))[1]["data"]["meta"]["data_status"]

    async def sync(self, account):
        headers, _ = await self.get(f"/v2/accounts/{account}/transactions", {"x-realtime": "true"}, tries=1)
        now = asyncio.get_running_loop().time
        end, pause = now() + WINDOW, 1.0
        while True:
            await asyncio.sleep(max(0, min(pause, end - now())))
            _, job = await self.get(f"/v2/accounts/{account}/jobs/{headers['x-job-id']}")
            if job["data"]["status"] != "processing" or now() >= end:
                return await self.status(account)
            pause = min(pause * 2, 30)

    async def settle(self, account):
        try:
            status = await self.status(account)
            if status != "AVAILABLE":
                status = await self.sync(account)
        except (aiohttp.ClientError, asyncio.TimeoutError, KeyError):
            self.outcomes["errored"] += 1
            return
        self.outcomes[status] += 1
        self.done.append((account, status))
        if len(self.done) >= 200:
            await self.flush()

    async def flush(self):
        batch, self.done = self.done, []
        if batch:
            await self.pool.execute(SETTLE, *map(list, zip(*batch)))


async def main():
    timeout = aiohttp.ClientTimeout(total=15)
    key = {"mono-sec-key": os.environ["MONO_SECRET_KEY"]}
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool, aiohttp.ClientSession(
        os.environ["MONO_BASE_URL"], headers=key, timeout=timeout
    ) as session:
        night = Night(session, pool)
        accounts = [row["account_id"] for row in await pool.fetch(STUCK)]
        await asyncio.gather(*map(night.settle, accounts))
        await night.flush()
        print(*(f"{count} {outcome}" for outcome, count in sorted(night.outcomes.items())), sep=", ")


asyncio.run(main())
