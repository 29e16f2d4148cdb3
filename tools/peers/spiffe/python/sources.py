"""py-spiffe's sources, which reconnect by themselves: a line of JSON at each update, until standard input ends."""

import json
import sys

from spiffe import JwtSource, X509Source

with X509Source() as x509, JwtSource() as jwt:

    def tell() -> None:
        context = x509.get_x509_context()
        svid = context.default_svid
        own = jwt.get_bundle_for_trust_domain(svid.spiffe_id.trust_domain)
        line = {
            "svids": [{"id": str(one.spiffe_id), "leaf": f"{one.cert_chain[0].serial_number:x}"} for one in context.x509_svids],
            "roots": {str(one.trust_domain): len(one.x509_authorities) for one in context.x509_bundle_set.bundles},
            "jwtKeys": len(own.jwt_authorities) if own else 0,
        }
        print(json.dumps(line), flush=True)

    x509.subscribe_for_updates(tell)
    jwt.subscribe_for_updates(tell)
    tell()
    sys.stdin.read()
