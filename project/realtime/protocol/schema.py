"""The messages of Centrifuge's client protocol v2 that we serve, as Protobuf descriptors.

Source: `client.proto` of https://github.com/centrifugal/protocol. A line below is a message; a field is
`name:type=number`, `[]` marks a repeated one and `{}` a map from text. Fields that are not served are left out:
Protobuf skips what it does not know.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "centrifugal.centrifuge.protocol"
_MESSAGES = """
Error code:uint32=1 message:string=2 temporary:bool=3
Command id:uint32=1 connect:ConnectRequest=4 subscribe:SubscribeRequest=5 unsubscribe:UnsubscribeRequest=6\
 publish:PublishRequest=7 presence:PresenceRequest=8 presence_stats:PresenceStatsRequest=9 history:HistoryRequest=10\
 ping:PingRequest=11 send:SendRequest=12 rpc:RPCRequest=13 refresh:RefreshRequest=14 sub_refresh:SubRefreshRequest=15
Reply id:uint32=1 error:Error=2 push:Push=4 connect:ConnectResult=5 subscribe:SubscribeResult=6\
 unsubscribe:UnsubscribeResult=7 publish:PublishResult=8 presence:PresenceResult=9\
 presence_stats:PresenceStatsResult=10 history:HistoryResult=11 ping:PingResult=12 rpc:RPCResult=13\
 refresh:RefreshResult=14 sub_refresh:SubRefreshResult=15
Push channel:string=2 pub:Publication=4 join:Join=5 leave:Leave=6 unsubscribe:Unsubscribe=7 disconnect:Disconnect=11
ClientInfo user:string=1 client:string=2
Publication data:bytes=4 info:ClientInfo=5 offset:uint64=6
Join info:ClientInfo=1
Leave info:ClientInfo=1
Unsubscribe code:uint32=2 reason:string=3
Disconnect code:uint32=1 reason:string=2 reconnect:bool=3
ConnectRequest token:string=1 subs:SubscribeRequest{}=3
ConnectResult client:string=1 version:string=2 expires:bool=3 ttl:uint32=4 data:bytes=5 subs:SubscribeResult{}=6\
 ping:uint32=7 pong:bool=8
RefreshRequest token:string=1
RefreshResult client:string=1 version:string=2 expires:bool=3 ttl:uint32=4
SubscribeRequest channel:string=1 token:string=2 recover:bool=3 epoch:string=6 offset:uint64=7 flag:int64=14
SubscribeResult expires:bool=1 ttl:uint32=2 recoverable:bool=3 epoch:string=6 publications:Publication[]=7\
 recovered:bool=8 offset:uint64=9 positioned:bool=10 data:bytes=11 was_recovering:bool=12
SubRefreshRequest channel:string=1 token:string=2
SubRefreshResult expires:bool=1 ttl:uint32=2
UnsubscribeRequest channel:string=1
UnsubscribeResult
PublishRequest channel:string=1 data:bytes=2
PublishResult
PresenceRequest channel:string=1
PresenceResult presence:ClientInfo{}=1
PresenceStatsRequest channel:string=1
PresenceStatsResult num_clients:uint32=1 num_users:uint32=2
StreamPosition offset:uint64=1 epoch:string=2
HistoryRequest channel:string=1 limit:int32=7 since:StreamPosition=8 reverse:bool=9
HistoryResult publications:Publication[]=1 epoch:string=2 offset:uint64=3
PingRequest
PingResult
RPCRequest data:bytes=1 method:string=2
RPCResult data:bytes=1
SendRequest data:bytes=1
"""
_SCALARS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}


def _add_field(message: DescriptorProto, text: str) -> None:
    name, _, rest = text.partition(":")
    type_name, _, number = rest.partition("=")
    field = message.field.add(name=name, number=int(number), label=FieldDescriptorProto.LABEL_OPTIONAL)
    if type_name.endswith("{}"):
        # A map is a repeated message of its own, as protoc makes it.
        entry = message.nested_type.add(name=f"{name.title()}Entry")
        entry.options.map_entry = True
        _add_field(entry, "key:string=1")
        _add_field(entry, f"value:{type_name[:-2]}=2")
        field.label = FieldDescriptorProto.LABEL_REPEATED
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{message.name}.{entry.name}"
        return
    if type_name.endswith("[]"):
        type_name, field.label = type_name[:-2], FieldDescriptorProto.LABEL_REPEATED
    if type_name in _SCALARS:
        field.type = _SCALARS[type_name]
    else:
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{type_name}"


def _load() -> dict[str, Any]:
    # A pool of its own: in a process that holds an SDK too, the default one knows these names already.
    pool = DescriptorPool()
    file = FileDescriptorProto(name="souk/client.proto", package=_PACKAGE, syntax="proto3")
    for line in _MESSAGES.strip().splitlines():
        name, *fields = line.split()
        message = file.message_type.add(name=name)
        for field in fields:
            _add_field(message, field)
    pool.Add(file)
    names = (message.name for message in file.message_type)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names}


_classes = _load()
Command: Any = _classes["Command"]
Reply: Any = _classes["Reply"]
