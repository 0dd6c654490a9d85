"""Serve samples of an exported model over HTTP, with nothing but TensorFlow and Python.

For example, from the root, of a run of `python -m kfdiv.train`:

    python examples/serve/server.py --export=results/demo/export --port=8000

    curl localhost:8000/health
    curl localhost:8000/sample -d '{"num": 2, "seed": 1}'
    curl localhost:8000/sample -d '{"num": 64, "seed": 1, "format": "png"}' --output samples.png
    curl localhost:8000/sample -d '{"num": 2, "seed": 1, "condition": 3}'  # of a conditional model

One seed gives one set of samples, those of `model.sample(num, seed)`, whoever else asks meanwhile.
A condition is one for all samples, or a list of one for each. SIGTERM and SIGINT end it when all
that was asked for has been answered. Put a proxy that speaks TLS and knows its users before it.
"""

from __future__ import annotations

import argparse
import http
import http.server
import json
import math
import pathlib
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

_INT32 = (-(2**31), 2**31 - 1)
_MOST_BYTES = 1 << 20


class RequestError(Exception):
    """What a client is told.

    Args:
        status: of HTTP.
        message: what was received, and what is expected.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Service:
    """The sampler of an export, for many threads.

    Args:
        export: folder of the SavedModel.
        most: samples a request, at most.
        value_range: what is black and white in a PNG; by default what the export says.
        parallel: how many are drawn for at once; others wait.
    """

    def __init__(
        self,
        export: str,
        most: int = 1_000,
        value_range: tuple[float, float] | None = None,
        parallel: int = 2,
    ) -> None:
        folder = pathlib.Path(export)
        contents = json.loads((folder / "assets.extra" / "kfdiv.json").read_text(encoding="utf-8"))
        self.model = tf.saved_model.load(folder)
        self.endpoints = list(contents["endpoints"])
        self.condition = contents["condition"]
        self.value_range = value_range or contents["pixel_range"]
        self.most = most
        self._slots = threading.BoundedSemaphore(parallel)
        signature = self.model.signatures["sample"].structured_input_signature[1]
        self._of_integers = self.condition and signature["condition"].dtype.is_integer

    def answer(self, asked: Any) -> tuple[str, bytes]:
        """Return the type and the bytes of what is asked for.

        Args:
            asked: the JSON of a request: an object with "num", "seed", perhaps "condition", and
                "format", which is "json" or "png".
        """
        if not isinstance(asked, dict):
            raise RequestError(400, "The body must be an object, such as {'num': 4, 'seed': 0}.")
        unknown = sorted(asked.keys() - {"num", "seed", "condition", "format"})
        if unknown:
            raise RequestError(400, f"Unknown: {', '.join(unknown)}.")
        num = _integer(asked, "num", 1, self.most)
        seed = _integer(asked, "seed", *_INT32)
        form = asked.get("format", "json")
        if form not in ("json", "png"):
            raise RequestError(400, f"format must be 'json' or 'png', but got {form!r}.")
        samples = self.draw(num, seed, *self._condition(asked, num))
        if form == "png":
            return "image/png", self._png(samples)
        found = {"num": num, "seed": seed, "shape": samples.shape, "samples": samples.tolist()}
        return "application/json", json.dumps(found).encode()

    def draw(self, num: int, seed: int, *condition: Any) -> np.ndarray:
        """Return samples, shape `(num, ...)`."""
        with self._slots:
            try:
                return self.model.sample(num, seed, *condition).numpy()
            except tf.errors.InvalidArgumentError as error:
                # In the graph conditions are checked by their values, too.
                raise RequestError(400, self._expected()) from error

    def _condition(self, asked: dict[str, Any], num: int) -> list[np.ndarray]:
        if not self.condition:
            if "condition" in asked:
                raise RequestError(400, "This model is not conditional; leave condition out.")
            return []
        try:
            found = np.asarray(asked.get("condition"))
        except ValueError:
            found = np.asarray(None)
        if found.dtype.kind not in ("i" if self._of_integers else "if"):
            raise RequestError(400, self._expected())
        if not self._of_integers:
            return [found.astype("float32")]
        if found.min(initial=0) < _INT32[0] or found.max(initial=0) > _INT32[1]:
            raise RequestError(400, self._expected())
        if found.ndim and len(found) not in (1, num):
            raise RequestError(400, f"Received {len(found)} conditions for {num} samples.")
        return [found.astype("int32")]

    def _expected(self) -> str:
        return f"condition must be of {self.condition}, one for all samples or one for each."

    def _png(self, samples: np.ndarray) -> bytes:
        """Return images in rows as one picture, rounded to 8 bits."""
        if samples.ndim != 4 or samples.shape[-1] not in (1, 3):
            raise RequestError(400, f"Samples of shape {samples.shape[1:]} are no images.")
        if not self.value_range:
            raise RequestError(400, "Start the server with --value-range to have PNGs.")
        low, high = self.value_range
        pixels = np.rint(255 * np.clip((samples - low) / (high - low), 0, 1)).astype(np.uint8)
        count, height, width, channels = pixels.shape
        columns = math.ceil(math.sqrt(count))
        rows = -(-count // columns)
        cells = np.zeros((rows * columns, height, width, channels), np.uint8)
        cells[:count] = pixels
        grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
        return tf.io.encode_png(grid.reshape(rows * height, columns * width, channels)).numpy()


def _integer(asked: dict[str, Any], name: str, least: int, most: int) -> int:
    value = asked.get(name)
    if type(value) is not int or not least <= value <= most:
        raise RequestError(
            400, f"{name} must be an integer from {least} to {most}, but got {value!r:.50}."
        )
    return value


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request; the server has the `service`."""

    timeout = 10  # Seconds for which a client may say nothing.

    def do_GET(self) -> None:
        """Say whether the server can answer."""
        self._reply(self._health)

    def do_POST(self) -> None:
        """Answer with samples."""
        self._reply(self._sample)

    def _health(self) -> tuple[str, bytes]:
        if self.path != "/health":
            raise RequestError(404, f"There are GET /health and POST /sample, not {self.path:.50}.")
        service = self.server.service
        found = {
            "status": "ok",
            "endpoints": service.endpoints,
            "condition": service.condition,
            "most": service.most,
        }
        return "application/json", json.dumps(found).encode()

    def _sample(self) -> tuple[str, bytes]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise RequestError(411, "Content-Length is missing.")
        if int(length) > _MOST_BYTES:
            raise RequestError(413, f"The body has {length} bytes, more than {_MOST_BYTES}.")
        # Read in any case: to close on a body that was not read takes the answer away.
        body = self.rfile.read(int(length))
        if self.path != "/sample":
            raise RequestError(404, f"There are GET /health and POST /sample, not {self.path:.50}.")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise RequestError(400, f"The body is no JSON: {error!s:.100}") from error
        return self.server.service.answer(asked)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request as other errors are answered."""
        body = json.dumps({"error": message or http.HTTPStatus(code).phrase}).encode()
        self.close_connection = True
        self._send(code, "application/json", body)

    def _reply(self, answer: Callable[[], tuple[str, bytes]]) -> None:
        try:
            status, (kind, body) = 200, answer()
        except RequestError as error:
            status, kind = error.status, "application/json"
            body = json.dumps({"error": str(error)}).encode()
        except tf.errors.OpError as error:
            # Memory, most likely.
            status, kind = 503, "application/json"
            body = json.dumps({"error": f"Not now: {error.message:.200}"}).encode()
        self._send(status, kind, body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """A thread a request; it closes when all of them have been answered.

    Args:
        address: host and port.
        service: what answers.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        super().__init__(address, Handler)
        self.service = service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self, *_: object) -> None:
        """Accept no more; a handler of signals."""
        threading.Thread(target=self.shutdown).start()


def main(arguments: list[str]) -> int:
    """Serve until a signal comes; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--export", required=True, help="Folder of the SavedModel.")
    parser.add_argument("--host", default="127.0.0.1", help="Address to listen on.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one.")
    parser.add_argument("--most", type=int, default=1_000, help="Samples a request, at most.")
    parser.add_argument("--value-range", type=float, nargs=2, help="Black and white of PNGs.")
    options = parser.parse_args(arguments)
    if options.most < 1:
        parser.error(f"--most must be at least 1, but got {options.most}")
    low, high = options.value_range or (0.0, 1.0)
    if not -math.inf < low < high < math.inf:
        parser.error(f"--value-range must be black and then a larger white, but got {low} {high}")
    try:
        service = Service(options.export, options.most, options.value_range)
    except (LookupError, OSError, TypeError, ValueError, tf.errors.OpError) as error:
        # Of damaged files TensorFlow raises what it meets.
        parser.error(f"--export={options.export} is no whole export of kfdiv: {error}")
    try:
        server = Server((options.host, options.port), service)
    except (OSError, OverflowError) as error:
        parser.error(f"cannot listen on {options.host}:{options.port}: {error}")
    with server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.stop)
        host, port = server.server_address[:2]
        print(f"Serving {options.export} on http://{host}:{port}", flush=True)
        server.serve_forever()
    print("Stopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
