import socket

import pytest

from tests.network import NetworkBlocked


def test_a_test_cannot_reach_another_machine():
    with pytest.raises(NetworkBlocked, match=r"^A test tried to reach shop\.example\.$"):
        socket.create_connection(("shop.example", 443))
    with (
        socket.socket() as outside,
        pytest.raises(NetworkBlocked, match=r"^A test tried to reach 192\.0\.2\.1\.$"),
    ):
        outside.connect(("192.0.2.1", 443))


def test_a_test_can_reach_servers_of_its_own():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
