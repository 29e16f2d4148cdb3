"""Fetches an X.509-SVID, its bundles, and a JWT-SVID with py-spiffe, whose gRPC sends the percent-encoded path as :authority."""

import json
import sys

from spiffe import WorkloadApiClient

with WorkloadApiClient() as client:
    context = client.fetch_x509_context()
    token = client.fetch_jwt_svid(audience={sys.argv[1]})
    client.validate_jwt_svid(token=token.token, audience=sys.argv[1])
    svids = context.x509_svids
    print(json.dumps({"id": str(context.default_svid.spiffe_id), "svids": len(svids), "jwt": str(token.spiffe_id)}))
