"""Bad configurations, as people write them: each gets one error that says what, where and how to mend it."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from agent.config import Config, ConfigError, example, load, parse
from agent.config.where import line_of


def changed(old: str, new: str) -> str:
    text = example()
    assert old in text, f"the example has no longer {old!r}"
    return text.replace(old, new)


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "nattro.toml")
    return str(caught.value)


def test_the_example_passes_its_own_check() -> None:
    config = parse(example())
    assert config.policy.times == ("23:30", "02:30", "05:30")


def test_the_example_shows_every_key_and_its_true_default() -> None:
    text = example()
    everything = "\n".join(
        line[2:] if line.startswith("# ") and " = " in line.partition("  ")[0] else line
        for line in text.splitlines()
    )
    shown = tomllib.loads(everything)
    parsed = msgspec.to_builtins(parse(text), enc_hook=str)
    for section in msgspec.structs.fields(Config):
        assert set(shown[section.name]) == set(parsed[section.name]), f"[{section.name}]"
    for section_name, keys in tomllib.loads(text).items():
        for key in set(shown[section_name]) - set(keys):
            default, told = parsed[section_name][key], shown[section_name][key]
            if default:  # one that has a default: the comment must show it
                assert _plain(told) == _plain(default), f"{section_name}.{key}"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            'id = "home-17"', "id = home-17", "line 9, column 6: this is not TOML: Invalid value", id="syntax"
        ),
        pytest.param(
            "# look_seconds = 20",
            "look_secnds = 20",
            ":15: checks.look_secnds: there is no such key; did you mean look_seconds?",
            id="unknown key",
        ),
        pytest.param(
            "[broker]", "[brokr]", "brokr: there is no such key; did you mean broker?", id="section"
        ),
        pytest.param(
            "# router = { line = 27 }",
            "router = { lin = 27 }",
            "relays.router.lin: there is no such key; did you mean line?",
            id="unknown key in a table",
        ),
        pytest.param(
            "# look_seconds = 20",
            'look_seconds = "20"',
            ":15: checks.look_seconds: should be a whole number, not text; for example: look_seconds = 20",
            id="wrong type",
        ),
        pytest.param(
            "# window_minutes = 30",
            "window_minutes = 90",
            ":14: checks.window_minutes: should be a whole number <= 30; for example",
            id="out of bounds",
        ),
        pytest.param(
            "# wrong_in_bed = 200.0",
            "wrong_in_bed = 1.0",
            "verdict.wrong_in_bed: should be a number >= 20",
            id="a wrong in_bed that costs next to nothing",
        ),
        pytest.param(
            'driver = "none"',
            'driver = "gpio"',
            "relays.driver: 'gpio' is none of its choices: 'none', 'gpiod'",
            id="choice",
        ),
        pytest.param(
            '"02:30"', '"2:30"', "checks.times: '2:30' is not written as it should be; for example", id="time"
        ),
        pytest.param('id = "home-17"', "", "device.id: missing; for example: id = ", id="missing"),
        pytest.param(
            'id = "home-17"',
            'id = "19380101-1234"',
            "device.id: 19… looks like a personal number",
            id="person",
        ),
        pytest.param(
            "# further_look_after_minutes = 10",
            "further_look_after_minutes = 15",
            ":12: checks.further_looks: the worst case does not fit the window: 3 looks of 20+30 s and 5 s to "
            "start, 2 waits of 15 min and a margin of 60 s take 33.8 min, the window has 30",
            id="impossible policy",
        ),
        pytest.param(
            '"02:30"', '"23:45"', "checks.times: the windows of 23:30 and 23:45 overlap", id="overlap"
        ),
        pytest.param(
            "# windows_per_day = 8",
            "windows_per_day = 2",
            "3 agreed times, but limits.windows_per_day",
            id="cap",
        ),
        pytest.param(
            "Europe/Stockholm", "Europe/Stokholm", ":6: site.timezone: timezone 'Europe/Stokholm'", id="zone"
        ),
        pytest.param(
            "[[212, 96], [424, 92], [520, 388], [118, 396]]",
            "[[424, 92], [212, 96], [118, 396], [520, 388]]",
            "camera.bed: the corners are in mirrored order",
            id="mirrored bed",
        ),
        pytest.param(
            "[[212, 96], [424, 92],",
            "[[424, 92], [212, 96],",
            "camera.bed: the corners do not enclose",
            id="knot",
        ),
        pytest.param(
            "[212, 96], ", "", "camera.bed: should be a list of length 4, not 3", id="three corners"
        ),
        pytest.param('driver = "none"', 'driver = "gpiod"', "relays.chip: missing", id="no chip"),
        pytest.param(
            "# camera = { line = 17 }",
            "camera = { line = 17 }",
            "relays.driver: relays are listed, but",
            id="idle",
        ),
        pytest.param(
            '# targets = ["1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443"]',
            'targets = ["1.1.1.1:443", "1.1.1.1:53"]',
            "network.targets: one host alone cannot tell",
            id="one target",
        ),
    ],
)
def test_bad_input_gets_one_located_error(old: str, new: str, told: str) -> None:
    error = error_of(changed(old, new))
    assert told in error
    assert error.startswith("nattro.toml:")
    assert "\n" not in error


def test_a_file_that_is_not_there_tells_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; `nattro config example > "):
        load(tmp_path / "nattro.toml")


def test_a_file_in_another_encoding_tells_the_line(tmp_path: Path) -> None:
    file = tmp_path / "nattro.toml"
    file.write_bytes(b'[site]\nname = "s\xf6der"\n')
    with pytest.raises(ConfigError, match=r"nattro\.toml:2: not UTF-8 text"):
        load(file)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "nattro.toml"
    text = changed('"device:/dev/video0"', '"recording:film.avi"').replace("/var/lib/nattro", "state")
    file.write_text(text.replace('ca = "credentials/ca.pem"', 'ca = "ca.pem"'))
    config = load(file)
    assert config.camera.node == tmp_path / "film.avi"
    assert config.device.state == tmp_path / "state"
    assert config.broker.ca == str(tmp_path / "ca.pem")
    assert config.broker.key == str(tmp_path / "credentials/home-17.key")


def test_a_line_is_found_by_table_and_key() -> None:
    text = '[a]\nb = 1\n\n[a.c]\nd = 2\n[e]\nf.g = 3\n"h i" = 4\n'
    assert line_of(text, ("a", "b")) == 2
    assert line_of(text, ("a", "c", "d")) == 5
    assert line_of(text, ("e", "f", "g")) == 7
    assert line_of(text, ("e", "h i")) == 8
    assert line_of(text, ("a", "missing")) == 1
    assert line_of(text, ("nowhere",)) is None


@pytest.mark.parametrize(
    "source", ["/dev/v4l/by-id/usb-Cam_SN0001-video-index0", "usb:1bcf:2883", "usb:1BCF:2883:SN:1", "only"]
)
def test_a_camera_may_be_named_in_every_stable_way(source: str) -> None:
    camera = parse(changed("device:/dev/video0", f"device:{source}")).camera
    assert (camera.name, camera.is_device, camera.is_node) == (source, True, source.startswith("/"))


def test_relays_may_be_switched_by_different_drivers_and_named_lines_need_no_chip() -> None:
    relays = parse(
        changed(
            'driver = "none"',
            'driver = "gpiod"\nrouter = { line = "RELAY1" }\ncamera = { driver = "usb", port = "1-1.2" }',
        )
    ).relays
    assert relays.camera
    assert relays.router
    assert (relays.driver_of(relays.camera), relays.driver_of(relays.router)) == ("usb", "gpiod")
