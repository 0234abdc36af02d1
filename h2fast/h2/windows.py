"""When to give the octets of a flow-control window back (RFC 9113 section 5.2)."""

from __future__ import annotations

from h2fast.h2.exceptions import FlowControlError as FlowControlError

#: The most that a window can hold (RFC 9113 section 6.9.1).
LARGEST_FLOW_CONTROL_WINDOW = 2**31 - 1


class WindowManager:
    """One window of what this end receives.

    :param max_window_size: the octets that it begins with, and is filled up to.
    """

    def __init__(self, max_window_size: int) -> None:
        assert max_window_size <= LARGEST_FLOW_CONTROL_WINDOW
        self.max_window_size = self.current_window_size = max_window_size
        self._bytes_processed = 0

    def window_consumed(self, size: int) -> None:
        """Count octets that were received.

        :raises FlowControlError: there was no room for them.
        """
        self.current_window_size -= size
        if self.current_window_size < 0:
            raise FlowControlError("Flow control window shrunk below 0")

    def window_opened(self, size: int) -> None:
        """Count octets that the peer may send in addition; it may raise what is filled up to.

        :raises FlowControlError: that is more than a window can hold.
        """
        self.current_window_size += size
        if self.current_window_size > LARGEST_FLOW_CONTROL_WINDOW:
            raise FlowControlError(
                f"Flow control window mustn't exceed {LARGEST_FLOW_CONTROL_WINDOW}"
            )
        self.max_window_size = max(self.max_window_size, self.current_window_size)

    def process_bytes(self, size: int) -> int | None:
        """Count received octets that the application is done with.

        :returns: the increment that the peer is to be told of now; None or 0 where it is better
            to wait for more.
        """
        self._bytes_processed += size
        return self._maybe_update_window()

    def _maybe_update_window(self) -> int | None:
        """The increment, by which the window has grown.

        Few updates are wanted, and no peer that waits: an increment is due once half of the window
        is processed or, of a window that is used up, more than a quarter of it or 1024 octets.
        """
        processed = self._bytes_processed
        if not processed:
            return None
        used_up = self.current_window_size == 0
        due = processed >= self.max_window_size // 2 or (
            used_up and processed > min(1024, self.max_window_size // 4)
        )
        if not due:
            return 0
        self._bytes_processed = 0
        increment = min(processed, self.max_window_size - self.current_window_size)
        self.current_window_size += increment
        return increment
