"""The task that sends a message, where that takes time, and the end of its body."""

from __future__ import annotations

import asyncio
import logging

from .messages import Body, close_body

_log = logging.getLogger(__name__)


class Sender:
    """Sends a message in a task of its own, and closes its body, whatever becomes of it.

    It is cancelled once at most, and only while it sends: closing a body may take time, too.
    """

    #: What is closed in the end, once it is known.
    body: Body = b""
    _is_cancelled = False
    _is_sending = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.task = loop.create_task(self._run())
        self.task.add_done_callback(self.on_done)

    async def send(self) -> None:
        """Send the message."""
        raise NotImplementedError

    def on_failed(self, error: BaseException) -> None:
        """Sending has ended with an exception, or a CancelledError, whoever has cancelled what."""
        raise NotImplementedError

    def on_done(self, task: asyncio.Task[None]) -> None:
        """The task has ended, or was cancelled from outside before it has begun."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Send no more of it; if the task has not begun, nothing."""
        if not self._is_cancelled:
            self._is_cancelled = True
            self.task.get_loop().call_soon(self._interrupt)  # this may be called by the task itself

    def _interrupt(self) -> None:
        if self._is_sending:
            self.task.cancel()

    async def _run(self) -> None:
        try:
            if not self._is_cancelled:
                self._is_sending = True
                await self.send()
        except (Exception, asyncio.CancelledError) as error:
            self.on_failed(error)
        finally:
            self._is_sending = False
        if not isinstance(self.body, bytes):
            await self._close()

    async def _close(self) -> None:
        try:
            await close_body(self.body)
        except Exception as error:
            _log.error("closing the body %r failed", self.body, exc_info=error)
