"""The service of an export: many clients at once, wrong requests, and an end that loses none."""

from __future__ import annotations

import concurrent.futures
import http.client
import io
import json
import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

import kfdiv
from examples.serve import server as serve
from kfdiv.models.export import describe

SHAPE = (4, 4, 1)


@pytest.fixture(scope="module")
def model() -> kfdiv.models.AGE:
    given = {"condition_size": 3}
    return kfdiv.models.AGE(
        decoder=kfdiv.networks.mlp(2, [8], SHAPE, **given),
        critic=kfdiv.networks.mlp(SHAPE, [4], 1, **given),
        condition=kfdiv.networks.condition(num_classes=3),
    )


@pytest.fixture(scope="module")
def export(model, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("serve") / "export"
    left_out = model.export(path)
    assert set(left_out) == {"encode", "encode_sample", "reconstruct", "log_prob"}
    assert set(left_out.values()) == {"this AGE was built without an encoder"}
    return str(path)


@pytest.fixture(scope="module")
def port(export) -> Iterator[int]:
    service = serve.Service(export, most=50, value_range=(-2.0, 2.0))
    with serve.Server(("127.0.0.1", 0), service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.stop()
        thread.join()


def ask(port: int, body: object, path: str = "/sample", method: str = "POST"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, body=text)
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type"), response.read()
    finally:
        connection.close()


def test_many_clients_at_once_get_the_samples_of_their_seeds(model, port: int) -> None:
    wanted = [{"num": 1 + seed % 3, "seed": seed - 3, "condition": seed % 3} for seed in range(48)]
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda one: ask(port, one), wanted))
    for one, (status, kind, body) in zip(wanted, answers, strict=True):
        assert (status, kind) == (200, "application/json")
        found = json.loads(body)
        expected = model.sample(one["num"], one["seed"], condition=one["condition"])
        assert found["shape"] == list(expected.shape)
        np.testing.assert_array_equal(np.float32(found["samples"]), expected)


def test_a_condition_for_each_and_a_picture(model, port: int) -> None:
    asked = {"num": 3, "seed": 5, "condition": [0, 2, 1]}
    expected = model.sample(3, 5, condition=[0, 2, 1]).numpy()
    status, _, body = ask(port, asked)
    assert status == 200
    np.testing.assert_array_equal(np.float32(json.loads(body)["samples"]), expected)
    status, kind, body = ask(port, {**asked, "format": "png"})
    assert (status, kind) == (200, "image/png")
    picture = np.asarray(Image.open(io.BytesIO(body)))
    grid = kfdiv.plotting.image_grid(expected, value_range=(-2.0, 2.0), padding=0)
    assert picture.shape == (8, 8)
    np.testing.assert_array_equal(picture[:4], grid[:4, :, 0])
    np.testing.assert_array_equal(picture[4:, :4], grid[4:, :4, 0])


GOOD = {"num": 1, "seed": 0, "condition": 1}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("{", 400, "no JSON"),
        (b"\xff", 400, "no JSON"),
        ("[" * 100_000, 400, "no JSON"),
        ([1], 400, "must be an object"),
        ({**GOOD, "nun": 3}, 400, "Unknown: nun"),
        ({**GOOD, "num": 51}, 400, "num must be an integer from 1 to 50, but got 51"),
        ({**GOOD, "num": True}, 400, "but got True"),
        ({**GOOD, "num": 1.0}, 400, "but got 1.0"),
        ({"num": 1, "condition": 1}, 400, "seed must be an integer .* but got None"),
        ({**GOOD, "seed": 2**31}, 400, "seed must be an integer from -2147483648 to 2147483647"),
        ({**GOOD, "format": "jpg"}, 400, "format must be 'json' or 'png', but got 'jpg'"),
        ({"num": 1, "seed": 0}, 400, "of integer labels 0 to 2, one for all"),
        ({**GOOD, "condition": 3}, 400, "of integer labels 0 to 2, one for all"),
        ({**GOOD, "condition": 1.5}, 400, "of integer labels 0 to 2"),
        ({**GOOD, "condition": [[1], [1, 2]]}, 400, "of integer labels 0 to 2"),
        ({**GOOD, "condition": [1, 2]}, 400, "2 conditions for 1 samples"),
        ({**GOOD, "condition": 2**40}, 400, "of integer labels 0 to 2"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(port: int, body, status: int, error: str) -> None:
    found, kind, told = ask(port, body)
    assert (found, kind) == (status, "application/json")
    with pytest.raises(ValueError, match=error):
        raise ValueError(json.loads(told)["error"])


def test_a_large_body_is_refused_before_it_comes(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/sample")
    connection.putheader("Content-Length", str(1 << 21))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert "more than 1048576" in json.loads(response.read())["error"]
    connection.close()


def test_health_and_paths_that_are_none(port: int, export: str) -> None:
    told = describe(export)
    assert told == "SavedModel: sample, decode; no encode, encode_sample, reconstruct, log_prob"
    status, _, body = ask(port, "", "/health", "GET")
    assert status == 200
    assert json.loads(body)["status"] == "ok"
    assert json.loads(body)["endpoints"] == ["sample", "decode"]
    assert ask(port, "", "/", "GET")[0] == 404
    assert ask(port, "{}", "/samples")[0] == 404
    assert ask(port, "", "/sample", "DELETE")[0] == 501


def test_other_methods_are_answered_as_other_errors(port: int) -> None:
    status, _, body = ask(port, "", method="PUT")
    assert (status, json.loads(body)) == (501, {"error": "Unsupported method ('PUT')"})


def test_a_signal_ends_it_when_what_was_asked_for_is_answered(export, capfd, monkeypatch) -> None:
    """With the process's own signals, of which the main thread gets word."""
    asked, draw = threading.Event(), serve.Service.draw

    def slow(*arguments):
        asked.set()
        assert signalled.wait(30)
        return draw(*arguments)

    signalled, servers, answers = threading.Event(), [], []

    class Known(serve.Server):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            servers.append(self)

        def stop(self, *arguments) -> None:
            super().stop(*arguments)
            signalled.set()

    def client() -> None:
        while not servers:
            time.sleep(0.01)
        sender = threading.Thread(target=lambda: answers.append(ask(servers[0].server_port, GOOD)))
        sender.start()
        asked.wait(30)
        os.kill(os.getpid(), signal.SIGTERM)
        sender.join()

    monkeypatch.setattr(serve.Service, "draw", slow)
    monkeypatch.setattr(serve, "Server", Known)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    thread = threading.Thread(target=client)
    thread.start()
    try:
        assert serve.main([f"--export={export}", "--port=0"]) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    thread.join()
    assert answers[0][0] == 200
    assert capfd.readouterr().out.splitlines()[-1] == "Stopped."


def test_what_is_no_export_is_one_line(tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        serve.main([f"--export={tmp_path}"])
    assert stopped.value.code == 2
    assert "is no whole export of kfdiv" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("damage", "flag", "message"),
    [
        ("[]", "--port=0", "is no whole export of kfdiv"),
        ("{}", "--most=0", "--most must be at least 1"),
        ("{}", "--value-range=1", "expected 2 arguments"),
    ],
)
def test_what_cannot_be_served_is_one_line(tmp_path, capsys, damage, flag, message) -> None:
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / "assets.extra" / "kfdiv.json").write_text(damage)
    with pytest.raises(SystemExit) as stopped:
        serve.main([f"--export={tmp_path}", flag])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_black_is_not_white(capsys) -> None:
    with pytest.raises(SystemExit):
        serve.main(["--export=any", "--value-range", "1", "1"])
    assert "must be black and then a larger white" in capsys.readouterr().err
