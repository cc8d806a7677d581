"""An HTTP/2 client that misbehaves: messages that never end, answers that nobody reads."""

import socket
import ssl
import struct

import h2.config
import h2.connection
import h2.events
import h2.settings


class Closed(Exception):
    """The server has closed the connection."""


class HTTP2Client:
    """One connection. `window` is how much the server may send on a stream before the client reads it."""

    def __init__(self, address, window=None, tls=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=20)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.state.initiate_connection()
        if window is not None:
            self.state.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.authority = address
        # By stream: headers and trailers, and whether the stream has ended.
        self.headers, self.ended, self.data = {}, set(), {}
        self.flush()

    def flush(self):
        try:
            self.socket.sendall(self.state.data_to_send())
        except (OSError, ssl.SSLError) as error:
            raise Closed from error

    def open(self, path="/inference.GRPCInferenceService/ModelInfer", **headers):
        """Begins a call."""
        stream = self.state.get_next_available_stream_id()
        self.state.send_headers(stream, [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", self.authority),
            ("te", "trailers"), ("content-type", "application/grpc"), *headers.items()])
        self.flush()
        return stream

    def send(self, stream, data, end=False):
        """Sends as much as the server's windows allow, waiting for them to widen."""
        while data:
            if stream in self.ended:
                return False
            room = min(self.state.local_flow_control_window(stream), self.state.max_outbound_frame_size, len(data))
            if room == 0:
                self.receive()
                continue
            self.state.send_data(stream, data[:room])
            self.flush()
            data = data[room:]
            self.receive(wait=False)
        if end and stream not in self.ended:
            self.state.end_stream(stream)
            self.flush()
        return True

    def receive(self, wait=True, seconds=20):
        """Takes what has come; with `wait` something has to come."""
        self.socket.settimeout(seconds if wait else 0.0)
        try:
            data = self.socket.recv(1 << 16)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed from error
        finally:
            self.socket.settimeout(20)
        if not data:
            raise Closed
        for event in self.state.receive_data(data):
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                self.headers.setdefault(event.stream_id, {}).update(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.data[event.stream_id] = self.data.get(event.stream_id, b"") + event.data
            if isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                self.ended.add(event.stream_id)
        self.flush()

    def status(self, stream, seconds=20):
        """The number of gRPC's status with which the call ends."""
        while stream not in self.ended:
            self.receive(seconds=seconds)
        found = self.headers.get(stream, {}).get("grpc-status")
        return None if found is None else int(found)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def prefixed(message, length=None):
    """A message as gRPC sends it; `length` is what its prefix claims."""
    return b"\0" + struct.pack(">I", len(message) if length is None else length) + message
