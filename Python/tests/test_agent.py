"""status() and stop(): against the agent that the package carries."""

from __future__ import annotations

import os
import subprocess
import time
from unittest import mock

import shoal
from shoal.program import shoal as program
from support import Case


class Agent(Case):
    def setUp(self) -> None:
        super().setUp()
        patch = mock.patch.dict(os.environ, {"SHOAL_AGENT_DIR": self.path("agent"), "HF_HOME": self.path("home")})
        patch.start()
        self.addCleanup(patch.stop)

    def start(self) -> subprocess.Popen[bytes]:
        log = open(self.path("log"), "wb")
        self.addCleanup(log.close)
        agent = subprocess.Popen(
            [program(), "serve", "--http-port", "0"], stdout=log, stderr=log, env={**os.environ, "SHOAL_P2P": "0"}
        )
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        deadline = time.monotonic() + 20
        while not os.path.exists(self.path("agent", "agent.json")):
            if time.monotonic() > deadline or agent.poll() is not None:
                with open(self.path("log")) as said:
                    self.fail(f"the agent does not start: {said.read()}")
            time.sleep(0.05)
        return agent

    def test_none(self) -> None:
        for call in (shoal.status, shoal.stop):
            with self.assertRaisesRegex(shoal.AgentNotRunning, "no agent runs .*shoal start") as caught:
                call()
            self.assertEqual(caught.exception.code, "agent_not_running")

    def test_status_and_stop(self) -> None:
        agent = self.start()
        with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
            said = shoal.status()
        self.assertEqual(said["pid"], agent.pid)
        self.assertEqual(said["version"], shoal.__version__)
        self.assertIn("bytes", said)
        shoal.stop()
        self.assertEqual(agent.wait(10), 0)
        with self.assertRaises(shoal.AgentNotRunning):
            shoal.status()

    def test_a_wrong_token(self) -> None:
        self.start()
        with open(self.path("agent", "token"), "w") as file:
            file.write("x" * 43)
        with self.assertRaises(shoal.ShoalError) as caught:
            shoal.status()
        self.assertEqual((caught.exception.code, caught.exception.status), ("unauthorized", 401))

    def test_one_that_was_killed(self) -> None:
        agent = self.start()
        agent.kill()
        agent.wait()
        with self.assertRaises(shoal.AgentNotRunning):
            shoal.status()
