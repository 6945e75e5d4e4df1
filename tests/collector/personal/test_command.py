"""`smilepost person …` for whoever is at the machine."""

import json
import subprocess
import sys

from sqlalchemy import Engine

from collector.settings import Settings
from tests.collector.personal.conftest import ADDRESS, WORDS, Customer, everything


def smilepost(settings: Settings, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", "person", *arguments]
    environment = settings.environment()
    return subprocess.run(command, env=environment, input=said, capture_output=True, text=True, timeout=60, check=False)


def test_export_and_erase(oksana: Customer, settings: Settings, engine: Engine) -> None:
    exported = smilepost(settings, "export", "-", said=f"{ADDRESS}\n")
    assert (exported.returncode, exported.stderr) == (0, "")
    assert json.loads(exported.stdout)["answers"][0]["comment"] == WORDS
    assert "Erased (contacts 1" in smilepost(settings, "erase", f"#{oksana.case}").stdout
    assert WORDS not in everything(engine)
    assert "nothing left to erase" in smilepost(settings, "erase", f"#{oksana.case}").stdout


def test_whoever_is_not_there_is_said(oksana: Customer, settings: Settings) -> None:
    for whom, says in (("nobody@example.org", "nothing is kept of this customer"), ("Oksana", "a telephone number")):
        ended = smilepost(settings, "export", whom)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert says in ended.stderr
        assert "Traceback" not in ended.stderr
