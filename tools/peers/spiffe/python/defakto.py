"""The client that existing deployments bring (spiffe-defakto): what it verifies by itself, or a line of JSON at each update of its watch."""

import asyncio
import json
import sys

from cryptography.hazmat.primitives.serialization import Encoding
from spiffe_defakto import WorkloadAPIClient
from spiffe_defakto.errors import SpiffeError
from spiffe_defakto.jwtsvid import parse_and_validate_jwt_svid
from spiffe_defakto.x509svid import verify_x509_svid


async def once(client: WorkloadAPIClient, audience: str) -> None:
    svid = await client.x509.get_svid()
    chain = [one.public_bytes(Encoding.DER) for one in svid.certificates]
    token = await client.jwt.fetch_svid([audience, "second"])
    validated = await parse_and_validate_jwt_svid(token.token, client.jwt, [audience])
    answer = {"id": str(await verify_x509_svid(chain, client.x509)), "jwt": str(validated.id), "audience": list(validated.audience)}
    print(json.dumps(answer))


async def watch(client: WorkloadAPIClient) -> None:
    async for context in client.watch_x509_context():
        line = {
            "svids": [{"id": str(one.id), "leaf": f"{one.certificates[0].serial_number:x}"} for one in context.svids],
            "roots": {name: len(bundle.x509_authorities) for name, bundle in context.bundles.items()},
        }
        print(json.dumps(line), flush=True)


async def watch_until_input_ends(client: WorkloadAPIClient) -> None:
    watching = asyncio.create_task(watch(client))
    reading = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([watching, reading], return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        error = watching.exception()
        print(json.dumps({"error": str(error.__cause__ if isinstance(error, SpiffeError) else error)}), flush=True)


async def main() -> None:
    async with WorkloadAPIClient() as client:
        await (watch_until_input_ends(client) if sys.argv[1] == "watch" else once(client, sys.argv[2]))


asyncio.run(main())
