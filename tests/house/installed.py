"""A device as a technician leaves it: configuration, credentials, consent, reference, and a guarded broker."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.cli import main
from agent.config import Config, example, load
from tests.brokers import Authority, Pair

NAME, SITE = "home-17", "soderhagen"
ROOT = f"nattro/v1/{SITE}/{NAME}"
GRANT = ["--reference", "form-2031", "--date", "2026-01-02", "--person", "--alone"]
LONG = 365.0
"""Days for which certificates hold, where it is not about their end."""


class Installed:
    """The folder is /etc/nattro and /var/lib/nattro in one; the broker is configured, and may run or not."""

    def __init__(self, folder: Path, *, port: int = 1, authority: Authority | None = None) -> None:
        self.folder = folder
        self.file = folder / "nattro.toml"
        self.state = folder / "state"
        self.reference = folder / "reference"
        self.credentials = folder / "credentials"
        self._write_configuration(port)
        self._write_credentials(authority or Authority(folder, days=LONG))
        self.reference.mkdir()
        (self.reference / "reference.json").write_text('{"version": 1}')
        (self.reference / "reference.npz").write_bytes(b"an empty bed" * 1000)

    @property
    def config(self) -> Config:
        return load(self.file)

    def change(self, old: str, new: str) -> None:
        """Edit the configuration."""
        text = self.file.read_text()
        assert old in text, f"the configuration has no {old!r}"
        self.file.write_text(text.replace(old, new))

    def consent(self) -> None:
        assert main(["consent", "grant", *GRANT, "--config", str(self.file)]) == 0

    def everything(self) -> set[str]:
        """Every file below the folder that the device's names can be found in."""
        places = (self.state, self.reference, self.credentials)
        return {str(each) for place in places for each in place.rglob("*")} | {
            str(each) for each in self.folder.glob("nattro.toml*")
        }

    def renew(self, pair: Pair) -> None:
        """Put another certificate and key in place."""
        shutil.copy(pair.certificate, self.credentials / f"{NAME}.pem")
        shutil.copy(pair.key, self.credentials / f"{NAME}.key")

    def _write_configuration(self, port: int) -> None:
        film = self.folder / "film.avi"
        film.write_bytes(b"RIFF")
        text = example().replace("device:/dev/video0", f"recording:{film}")
        for old, new in {
            '"/var/lib/nattro"': '"state"',
            "broker.example.org": "localhost",
            "# port = 8883": f"port = {port}",
            '# reference = "/var/lib/nattro-reference"': 'reference = "reference"',
            '["23:30", "02:30", "05:30"]': f'["{far_from_now()}"]',
        }.items():
            assert old in text, f"the example has no {old!r}"
            text = text.replace(old, new)
        self.file.write_text(text)

    def _write_credentials(self, authority: Authority) -> None:
        self.credentials.mkdir(mode=0o700)
        pair = authority.sign(NAME)
        shutil.copy(authority.file, self.credentials / "ca.pem")
        shutil.move(pair.certificate, self.credentials / f"{NAME}.pem")
        shutil.move(pair.key, self.credentials / f"{NAME}.key")


def far_from_now() -> str:
    """An agreed time that no test comes near, whenever it is run."""
    return f"{datetime.now(ZoneInfo('Europe/Stockholm')) + timedelta(hours=12):%H:00}"
