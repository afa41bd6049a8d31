"""What makes huggingface_hub download through Shoal."""

from .switch import disable, enable, is_enabled

__all__ = ["disable", "enable", "is_enabled"]
