"""The first things somebody types."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest

from spillkit.cli import COMMANDS, main
from spillkit.kernel import engine
from tests.world import write_people


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "spillkit" in text
    assert "Example" in text or "Commands" in text


def test_an_unknown_command_or_option_is_bad_input(capsys):
    assert main(["scna"]) == 2
    assert main(["scan", "--nope"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_second_init_keeps_the_key(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    key = (tmp_path / "spill" / "key").read_bytes()
    assert main(["init"]) == 2
    assert (tmp_path / "spill" / "key").read_bytes() == key
    assert (tmp_path / "spill" / "key").stat().st_mode & 0o777 == 0o600
    assert "is a workspace already" in capsys.readouterr().err


def test_settings_that_cannot_be_read_stop_the_start(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["init"])
    (tmp_path / "spill" / "spillkit.toml").write_text("version = 2", encoding="utf-8")
    assert main(["doctor"]) == 3
    (tmp_path / "spill" / "spillkit.toml").write_text("[[[", encoding="utf-8")
    assert main(["judge"]) == 2
    assert "spillkit.toml" in capsys.readouterr().err


def test_the_key_may_come_from_the_environment_or_a_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["init"])
    settings = tmp_path / "spill" / "spillkit.toml"
    key = (tmp_path / "spill" / "key").read_text(encoding="ascii").strip()
    settings.write_text('version = 1\n[key]\nenvironment = "MY_KEY"\n', encoding="utf-8")
    monkeypatch.delenv("MY_KEY", raising=False)
    assert main(["doctor"]) == 3
    assert "MY_KEY, which is not set" in capsys.readouterr().out
    monkeypatch.setenv("MY_KEY", key)
    main(["doctor"])
    assert "128 bits from environment" in capsys.readouterr().out
    settings.write_text(f'version = 1\n[key]\ncommand = "echo {key}"\n', encoding="utf-8")
    main(["doctor"])
    assert "128 bits from command" in capsys.readouterr().out


def test_importing_the_command_line_loads_no_heavy_library():
    heavy = "{'duckdb', 'pyarrow', 'numpy', 'phonenumbers', 'babel', 'rich.table', 'jinja2'}"
    code = f"import sys, spillkit.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_doctor_finds_a_damaged_index(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_people(tmp_path / "customers.csv")
    main(["init"])
    main(["people", "add", "customers.csv"])
    assert main(["doctor", "--index"]) == 0
    [segment] = (tmp_path / "spill" / "index").glob("*.idx")
    data = bytearray(segment.read_bytes())
    offset, length, _ = struct.unpack_from("<QQQ", data, 208 + 4 * 24)  # payloads; docs/reference/index-format.md
    data[offset + length - 1] ^= 1
    segment.write_bytes(data)
    capsys.readouterr()
    code = main(["doctor", "--index"])
    out = capsys.readouterr().out
    if engine().startswith("native"):
        assert code == 3
        assert "MEND  people" in out
    else:
        assert "checksums were not compared" in out
    segment.write_bytes(data[: len(data) // 2])
    assert main(["doctor"]) == 3
