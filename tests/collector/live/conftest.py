from tests.collector.pages import riverside

__all__ = ["riverside"]
