"""The bundle installs and starts with the cable pulled: in a network namespace that has nothing but itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from atlas.bundle import make_bundle

ROOT = Path(__file__).resolve().parents[2]

#: Starts the atlas inside the namespace, asks it for its page over the namespace's own loopback, and stops it.
WALK = """
set -e
ip link set lo up
sh ./install.sh
./start.sh --port 8599 >server.log 2>&1 &
server=$!
for attempt in $(seq 60); do
    if .venv/bin/python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8599/_stcore/health')"; then
        echo ok
        kill $server; exit 0
    fi
    sleep 1
done
cat server.log; exit 1
"""


def namespace_available() -> bool:
    return bool(shutil.which("unshare") and shutil.which("ip")) and (
        subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.slow
def test_bundle_installs_and_starts_without_a_network(tmp_path: Path) -> None:
    if not namespace_available():
        if os.environ.get("CI"):
            pytest.fail("no network namespace can be made here, so the offline bundle was not tested")
        pytest.skip("NOT TESTED: no network namespace can be made here")
    bundle = make_bundle(tmp_path)
    with tarfile.open(bundle) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", WALK], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout
