"""How the bytes of an inference over HTTP may travel."""

import gzip
import http.client
import zlib

from cases import add_all, case
from cases_infer import INFER, PROB, infer
from requests_oip import body_binary, body_json
from target import inference

BODY = body_json(outputs=PROB)

add_all(lambda target, given: infer(target, *given), {
    "chunked": (BODY, "Transfer-Encoding: chunked"),
    "chunked_binary": (body_binary(outputs=PROB), "Transfer-Encoding: chunked"),
    "gzip_request": (gzip.compress(BODY), "Content-Encoding: gzip"),
    "deflate_request": (zlib.compress(BODY), "Content-Encoding: deflate"),
    "header_length_of_whole_body": (BODY, f"Inference-Header-Content-Length: {len(BODY)}"),
    "content_type_is_not_judged": (BODY, "Content-Type: text/html"),
})


@case
def more_than_a_mebibyte(target):
    """curl then asks with Expect: 100-continue and waits a second for it."""
    answer = target.curl(INFER, body=BODY + b" " * (2 << 20), headers=["Expect: 100-continue"])
    return {**inference(answer), "began_within_a_second": answer["begun"] < 0.9}


@case
def gzip_answer_is_a_wish(target):
    return inference(target.curl(INFER, "--compressed", body=BODY, headers=["Accept-Encoding: gzip"]))


@case
def http_1_0(target):
    return inference(target.curl(INFER, "--http1.0", body=BODY))


def on_one_connection(target, bodies):
    connection = http.client.HTTPConnection(target.http, timeout=20)
    sockets, statuses = set(), []
    for body in bodies:
        connection.request("POST", INFER, body)
        sockets.add(connection.sock)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    return {"status": statuses, "connections": len(sockets)}


add_all(on_one_connection, {"keep_alive": [BODY] * 3, "keep_alive_after_error": [b"{", BODY]})
