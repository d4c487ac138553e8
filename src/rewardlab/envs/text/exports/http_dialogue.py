"""A dialogue that is served elsewhere, as a `gymnasium.Env`: any agent can learn on it.

The same task, seed and words give the same conversation and the same rewards as the environment beside the agent. A
message carries its number, so that one whose answer was lost is sent again and yet heard once.
"""

import contextlib
import time
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
from gymnasium import spaces

from rewardlab.core.errors import BadAction, BadOption, ResetNeeded, RewardlabError
from rewardlab.core.rng import check_seed, entropy
from rewardlab.envs.text.lines import CHARSET, transcript

TRIES = 3  # of a request whose connection breaks
PAUSE = 0.2  # seconds before the second try; twice that before the third


class ServerFailed(RewardlabError, ConnectionError):
    """The server cannot be reached, has failed, or answers as none of ours does."""


class HttpDialogue(gym.Env):
    """One conversation after the other with a server of `rewardlab serve`.

    Args:
        url: of the server, such as "http://127.0.0.1:8090".
        token: that it demands; "" for none.
        options: parameters of the task that every conversation is to have, of those that the server allows.
        timeout: seconds that an answer may take.
        transport: of httpx, to speak to an application in this process.

    Attributes:
        about: what the server says of the task: card, tools, limits, vocabulary.
        messages: the conversation so far: {"role": "user" | "assistant" | "tool", "content": text}.

    Raises:
        BadOption: if the server refuses the token or its name.
        ServerFailed: if there is no server.
    """

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        options: Mapping[str, Any] | None = None,
        timeout: float = 60.0,
        transport: Any = None,
    ) -> None:
        import httpx

        if not url.startswith(("http://", "https://")):
            raise BadOption(f"url={url!r}", where="HttpDialogue", expected="http://HOST:PORT")
        self.url, self.options = url.rstrip("/"), dict(options or {})
        headers = {"authorization": f"Bearer {token}"} if token else {}
        # its own trust in the environment's proxies would send a local server's requests elsewhere
        self._client = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout, transport=transport, trust_env=False
        )
        try:
            self.about = self._ask("GET", "/task")
        except RewardlabError:
            self._client.close()
            raise
        self.action_space = spaces.Text(self.about["said"], min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(self.about["longest"], min_length=0, charset=CHARSET)
        self.messages: list[dict[str, str]] = []
        self._seed = entropy()  # until one is given
        self._number = -1
        self._key = ""
        self._turn = 0
        self._over = True

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin the next conversation; with a seed, the first one of that seed.

        Args:
            seed: of the task.
            options: parameters for this conversation, over those that were given at the start.

        Raises:
            BadSeed: for what is no seed.
            BadOption: for options that the server does not allow, and where too many conversations are open.
        """
        if seed is not None:
            self._seed, self._number = check_seed(seed, where="HttpDialogue.reset"), -1
            super().reset(seed=seed)
        self._end()
        body = {"seed": self._seed, "episode": self._number + 1, "options": {**self.options, **(options or {})}}
        begun = self._ask("POST", "/episodes", body)
        self._number += 1
        self._key, self._turn, self._over = begun["id"], 0, False
        self.messages = list(begun["messages"])
        return transcript(self.messages), begun["info"]

    def step(self, action: Any) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Say something.

        Raises:
            BadAction: for what is no text.
            ResetNeeded: without a conversation that is going on.
        """
        if not isinstance(action, str):
            raise BadAction(f"{action!r:.80} ({type(action).__name__})", where="HttpDialogue", expected="a text")
        if self._over:
            raise ResetNeeded("step without a running episode", where="HttpDialogue", mend="call reset() first")
        text = action.encode("utf-8", "backslashreplace").decode()  # half a character is no JSON
        said = self._ask("POST", f"/episodes/{self._key}", {"message": text, "turn": self._turn})
        self._turn, self._over = said["turn"], said["done"]
        self.messages += [
            {"role": "assistant", "content": said["said"]},
            {"role": said["role"], "content": said["reply"]},
        ]
        return transcript(self.messages), said["reward"], said["terminated"], said["truncated"], said["info"]

    def describe(self) -> dict[str, Any]:
        """What the task is: the card that the server holds."""
        return dict(self.about["card"])

    def close(self) -> None:
        """End the conversation and the connection; a second call does nothing."""
        if not self._client.is_closed:
            with contextlib.suppress(RewardlabError):  # it will be forgotten by itself
                self._end()
            self._client.close()

    def _end(self) -> None:
        if self._key:
            key, self._key, self._over = self._key, "", True
            with contextlib.suppress(ResetNeeded):  # forgotten already
                self._ask("DELETE", f"/episodes/{key}")

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        import httpx

        for k in range(TRIES):
            try:
                response = self._client.request(method, path, json=body)
                break
            except httpx.TransportError as e:
                if k == TRIES - 1:
                    raise ServerFailed(
                        f"{method} {path}: {type(e).__name__}: {e}",
                        where=self.url,
                        expected="a server of rewardlab serve",
                        mend="rewardlab serve TASK",
                    ) from None
                time.sleep(PAUSE * 2**k)
        try:
            said = response.json()
        except ValueError:
            said = None
        if response.is_success and isinstance(said, dict):
            return said
        said = said if isinstance(said, dict) else {"error": f"an answer {response.status_code} that is no JSON"}
        kinds: dict[int, type[RewardlabError]] = {404: ResetNeeded, 409: ResetNeeded}
        refused = response.status_code in (401, 403, 413, 415, 422, 429)
        kind = kinds.get(response.status_code, BadOption if refused else ServerFailed)
        raise kind(
            f"{response.status_code}: {said.get('error', '')}",
            where=self.url,
            expected=said.get("expected", ""),
            mend=said.get("mend", ""),
        )
