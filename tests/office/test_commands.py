"""`malapert office` on the command line: accounts, backup and restore; and what a missing database says."""

import subprocess
import sys
from pathlib import Path


def malapert(*words: str, cwd: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "malapert.cli", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=cwd)


def test_account_backup_restore(tmp_path: Path) -> None:
    made = malapert("office", "account", "chief", "--role", "office", cwd=tmp_path, given="a long password\n")
    assert made.returncode == 0 and "chief (office) made" in made.stdout, made.stderr
    short = malapert("office", "account", "other", cwd=tmp_path, given="short\n")
    assert short.returncode == 1 and "12 to 200 characters" in short.stderr
    assert malapert("office", "backup", "all.zip", cwd=tmp_path).returncode == 0
    back = malapert("office", "restore", "all.zip", "--database", "sqlite:///new.db", cwd=tmp_path)
    assert back.returncode == 0 and "account" in back.stdout, back.stderr
