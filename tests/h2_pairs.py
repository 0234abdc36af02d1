"""Two connections of h2fast.h2 that talk to each other."""

from __future__ import annotations

from h2fast.h2.config import H2Configuration
from h2fast.h2.connection import H2Connection
from h2fast.h2.events import Event

GET = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "example.com")]
POST = [(":method", "POST"), *GET[1:]]
OK = [(":status", "200"), ("server", "s")]


def pair(server_class: type[H2Connection] = H2Connection) -> tuple[H2Connection, H2Connection]:
    """A client and a server that have exchanged their settings."""
    client = H2Connection(H2Configuration(client_side=True))
    server = server_class(H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    move(client, server)
    return client, server


def move(client: H2Connection, server: H2Connection) -> list[Event]:
    """Has each receive what the other has to send, until there is nothing."""
    events = []
    for _ in range(3):
        events += server.receive_data(client.data_to_send())
        events += client.receive_data(server.data_to_send())
    return events


def exchange(client: H2Connection, server: H2Connection) -> list[Event]:
    """A request without content, and an answer to it."""
    stream_id = client.get_next_available_stream_id()
    client.send_headers(stream_id, GET, end_stream=True)
    events = move(client, server)
    server.send_headers(stream_id, OK)
    server.send_data(stream_id, b"content", end_stream=True)
    events += move(client, server)
    client.acknowledge_received_data(7, stream_id)
    return events
