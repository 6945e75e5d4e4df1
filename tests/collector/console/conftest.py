from tests.collector.pages import app, browser, program, riverside, visitor

__all__ = ["app", "browser", "program", "riverside", "visitor"]
