"""What a socket says of itself: reflection and health by gRPC's own libraries, and a call by nothing but what reflection has told."""

import json
import os

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

with grpc.insecure_channel(os.environ["SPIFFE_ENDPOINT_SOCKET"]) as channel:
    database = ProtoReflectionDescriptorDatabase(channel)
    service = DescriptorPool(database).FindServiceByName("SpiffeWorkloadAPI")
    method = service.FindMethodByName("FetchJWTSVID")
    request = GetMessageClass(method.input_type)
    response = GetMessageClass(method.output_type)
    call = channel.unary_unary(f"/{service.full_name}/{method.name}", request.SerializeToString, response.FromString)
    issued = call(request(audience=["shop"]), metadata=(("workload.spiffe.io", "true"),))
    health = health_pb2_grpc.HealthStub(channel)
    whole = health.Check(health_pb2.HealthCheckRequest())
    of_service = next(iter(health.Watch(health_pb2.HealthCheckRequest(service=service.full_name))))
    answer = {
        "services": list(database.get_services()),
        "methods": [one.name for one in service.methods],
        "jwt": issued.svids[0].spiffe_id,
        "serving": [whole.status == whole.SERVING, of_service.status == of_service.SERVING],
    }
    print(json.dumps(answer))
