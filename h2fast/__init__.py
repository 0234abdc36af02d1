"""HPACK and HTTP/2 in C, behind the APIs that Python's HTTP/2 stacks already call."""

from .activation import install, installed, uninstall

__all__ = ["install", "installed", "uninstall"]
__version__ = "0.1.0"
