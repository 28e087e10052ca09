"""A backup is whole or not there, a restore is refused or finished, and neither tells a secret."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made import TINY, ingested, picture

from catalog.errors import IndexMismatch, NoIndex, StoreBusy, StoreUnavailable
from ingest.errors import BadLedger
from ui import backup as backups
from ui.backup import back_up
from ui.build import Target, run_verify
from ui.cli import main
from ui.manifest import BadBackup, alone, check_files, read_manifest
from ui.restore import restore
from ui.settings import Settings

REPOSITORY = Path(__file__).parents[2]
COUNT = 6
# Runs in a process of its own, and waits to be killed when it comes to a step's first report.
CHILD = """
import sys, time
from pathlib import Path
from ui.backup import back_up
from ui.build import Target
from ui.restore import restore
from ui.settings import Settings

def progress(what, done, total, detail=""):
    if what == sys.argv[3]:
        print("there", flush=True)
        time.sleep(600)

if sys.argv[1] == "backup":
    settings = Settings()
    target = Target(settings, str(settings.home / "store"), "products")
    back_up(target, Path(sys.argv[2]), progress=progress)
else:
    restore(Path(sys.argv[2]), Settings(), force="force" in sys.argv, progress=progress)
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small shop; the data folder it is of is gone."""
    root = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SNAPSHELF_MODEL", "SNAPSHELF_STORE", "QDRANT_URL", "QDRANT_API_KEY"):
            patch.delenv(name, raising=False)
        patch.setenv("SNAPSHELF_HOME", str(root / "home"))
        patch.chdir(root)
        ingested(root / "shop", [(f"P{n}", "Hat", picture(n)) for n in range(COUNT)])
        (root / "home" / "rejects").mkdir()
        (root / "home" / "rejects" / "shop.csv").write_text("id,reason\n")
        made = back_up(target_of(root / "home"), root / "backups")
    shutil.rmtree(root / "home")
    return Path(made.backup)


@pytest.fixture
def backup(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(saved, tmp_path / "backups" / saved.name))


@pytest.fixture
def shop(home: Path, saved: Path) -> Target:
    """The shop, restored."""
    restore(saved, Settings())
    return target_of(home)


def target_of(home: Path) -> Target:
    return Target(Settings(), str(home / "store"), "products")


def whole(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("[!.]*/manifest.json"))


def doctored(backup: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    manifest = json.loads((backup / "manifest.json").read_text())
    change(manifest)
    (backup / "manifest.json").write_text(json.dumps(manifest))
    return backup


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "lock" not in path.name
    }


def killed(*argv: str) -> None:
    command = [sys.executable, "-c", CHILD, *argv]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "there"
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_backup_is_made_while_another_process_searches(shop: Target, tmp_path: Path) -> None:
    hold = (
        "import sys; from catalog.store import open_store; store = open_store(sys.argv[1]); "
        "print(store.count(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, shop.store],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    ) as page:  # fmt: skip
        assert page.stdout is not None
        assert page.stdout.readline().strip() == str(COUNT)
        made = back_up(shop, tmp_path / "b")
        page.communicate("")
    assert made.points == COUNT
    check_files(Path(made.backup), read_manifest(Path(made.backup)))


def test_checksums_are_complete_with_the_last_file_and_not_before(
    shop: Target, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int, str]] = []

    def note(what: str, done: int, total: int, detail: str = "") -> None:
        told.append((what, done, total, detail))

    made = back_up(shop, tmp_path / "b", progress=note)
    check_files(Path(made.backup), read_manifest(Path(made.backup)), note)
    for step in ("checksums", "check"):
        ends = [done == total for what, done, total, _ in told if what == step]
        assert ends == [False] * (made.files - 1) + [True]


def test_an_ingest_is_waited_for_and_one_that_does_not_end_is_named(
    shop: Target, tmp_path: Path
) -> None:
    with shop.open() as writer:
        info = writer.describe()
        assert info is not None
        writer.ensure(info)
        with pytest.raises(StoreBusy):
            back_up(shop, tmp_path / "b")
        assert whole(tmp_path / "b") == []
        threading.Timer(0.5, writer.close).start()
        assert back_up(shop, tmp_path / "b", wait_s=60).points == COUNT


@pytest.mark.parametrize("step", ["index", "files", "checksums"])
def test_a_backup_that_is_killed_leaves_none_and_the_next_one_is_whole(
    shop: Target, tmp_path: Path, step: str
) -> None:
    killed("backup", str(tmp_path / "b"), step)
    assert whole(tmp_path / "b") == []
    partial = tmp_path / "b" / ".partial"
    assert partial.is_dir()
    with pytest.raises(BadBackup, match="not a whole backup"):
        restore(partial, Settings(), force=True)
    made = back_up(shop, tmp_path / "b")
    assert whole(tmp_path / "b") == [Path(made.backup).name]
    assert not partial.exists()


@pytest.mark.parametrize("step", ["files", "index"])
def test_a_restore_that_is_killed_is_finished_by_the_next_one(
    home: Path, saved: Path, step: str
) -> None:
    killed("restore", str(saved), step)
    assert (home / ".restoring").exists()
    assert restore(saved, Settings()).clean
    assert [path.name for path in home.iterdir() if path.name[0] == "."] == []


@pytest.mark.parametrize("step", ["check", "files", "index"])
def test_a_forced_restore_that_is_killed_leaves_the_old_products_to_be_searched(
    shop: Target, home: Path, saved: Path, step: str
) -> None:
    with shop.open() as store:
        ids = [point.id for point in store.scroll()]
        info = store.describe()
        assert info is not None
        store.ensure(info)
        store.delete(ids[:2])
    killed("restore", str(saved), step, "force")
    with shop.open() as store:
        assert {point.id for point in store.scroll()} == set(ids[2:])
    done = restore(saved, Settings(), force=True)
    assert done.clean
    with shop.open() as store:
        assert [point.id for point in store.scroll()] == ids


def test_what_is_there_is_not_overwritten_unless_forced(
    shop: Target, home: Path, saved: Path
) -> None:
    (home / "rejects" / "shop.csv").write_text("mine")
    before = files(home)
    with pytest.raises(BadBackup, match=r"the index 'products' of .* --force"):
        restore(saved, Settings())
    assert files(home) == before
    shutil.rmtree(home / "store")
    with pytest.raises(BadBackup, match=r"shop\.csv, which differs .* --force"):
        restore(saved, Settings())
    assert restore(saved, Settings(), force=True).clean
    assert (home / "rejects" / "shop.csv").read_text() == "id,reason\n"
    assert not (home / ".replaced").exists()


def test_a_damaged_index_is_replaced_when_forced(shop: Target, home: Path, saved: Path) -> None:
    (home / "store" / "products").write_text("../no name")
    with pytest.raises(BadBackup, match="a damaged index"):
        restore(saved, Settings())
    assert restore(saved, Settings(), force=True).clean


def test_a_ledger_that_knows_more_than_the_backup_is_replaced(
    shop: Target, home: Path, saved: Path, tmp_path: Path
) -> None:
    ingested(tmp_path / "other", [("N1", "Hat", picture(50))])
    assert run_verify(shop, None).points == COUNT + 1
    done = restore(saved, Settings(), force=True)
    assert done.clean
    assert done.verified is not None
    assert done.verified.points == COUNT


def test_it_comes_back_at_another_place_under_another_name(
    home: Path, saved: Path, tmp_path: Path
) -> None:
    done = restore(saved, Settings(), str(tmp_path / "elsewhere"), "shop")
    assert done.clean
    assert main(["verify", "--store", str(tmp_path / "elsewhere"), "--collection", "shop"]) == 0
    assert not (home / "store").exists()


@pytest.mark.parametrize("damage", ["byte", "cut", "gone", "link", "folder"])
def test_a_damaged_file_is_found_before_anything_is_touched(
    home: Path, backup: Path, tmp_path: Path, damage: str
) -> None:
    name = sorted(name for name in read_manifest(backup).files if name.startswith("thumbs"))[-1]
    path, data = backup / name, (backup / name).read_bytes()
    path.unlink()
    if damage == "byte":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    if damage == "cut":
        path.write_bytes(data[:-1])
    if damage == "link":
        (tmp_path / "same").write_bytes(data)
        path.symlink_to(tmp_path / "same")
    if damage == "folder":
        shutil.move(path.parent, tmp_path / "thumbs")
        (tmp_path / "thumbs" / path.name).write_bytes(data)
        path.parent.symlink_to(tmp_path / "thumbs")
    with pytest.raises(BadBackup, match="the backup is damaged"):
        restore(backup, Settings())
    assert not home.exists()


def test_a_file_that_was_smuggled_into_the_index_is_found(
    home: Path, backup: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("not ours")
    shard = next((backup / "collection").rglob("shard"))
    (shard / "more").symlink_to(tmp_path / "outside")
    with pytest.raises(BadBackup, match="not in the manifest"):
        restore(backup, Settings())
    assert not home.exists()


@pytest.mark.parametrize(
    "name",
    ["../outside", "models/../../outside", "/etc/outside", "models//x", "models/./x", "models",
     "C:/outside", "models/..\\..\\outside", "secrets/x", "manifest.json", "", "models/\0x"],
)  # fmt: skip
def test_a_name_that_leads_out_of_the_data_folder_is_refused(
    home: Path, backup: Path, name: str
) -> None:
    def add(manifest: dict[str, Any]) -> None:
        manifest["files"][name] = {"size": 0, "sha256": "0" * 64}

    with pytest.raises(BadBackup, match="is not the name of a file in a backup"):
        restore(doctored(backup, add), Settings(), force=True)
    assert not home.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("ledgers", {"ledger/9.sqlite": {"source": "s", "part": ""}}),
     ("ledgers", {"ledger/0.sqlite": {"source": "s", "part": "../../x"}}),
     ("metadata", {"fingerprint": "../../x"}), ("files", []), ("points", "many")],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_refused(
    home: Path, backup: Path, key: str, value: Any
) -> None:
    doctored(backup, lambda manifest: manifest.update({key: value}))
    with pytest.raises(BadBackup, match="the backup is damaged"):
        restore(backup, Settings(), force=True)
    assert not home.exists()


def test_an_alias_that_is_a_path_is_refused(home: Path, backup: Path) -> None:
    doctored(backup, lambda manifest: manifest.update(alias="../../outside"))
    assert main(["restore", str(backup), "--force"]) == 2
    assert not home.exists()


@pytest.mark.parametrize(
    ("change", "expected", "found"),
    [
        ({"format": 2}, "expected 1", "found 2"),
        ({"contract": 9}, "expected version 1", "found version 9"),
        ({"contract": 0}, "expected version 1", "found version 0"),
        ({"metadata": {"schema": 2}}, "expected version 1", "found version 2"),
        ({"metadata": {"schema": 0}}, "expected version 1", "found version 0"),
        ({"engine": "qdrant-edge 0.99.0"}, "expected qdrant-edge 0", "found qdrant-edge 0.99.0"),
        ({"engine": "qdrant 1.20.0"}, "expected qdrant-edge", "found qdrant "),
    ],
)
def test_a_backup_of_other_versions_is_refused_with_both(
    home: Path, backup: Path, change: dict[str, Any], expected: str, found: str
) -> None:
    def other(manifest: dict[str, Any]) -> None:
        nested = change.get("metadata", {})
        manifest.update(change | {"metadata": manifest["metadata"] | nested})

    with pytest.raises((IndexMismatch, BadBackup)) as refused:
        restore(doctored(backup, other), Settings(), force=True)
    assert expected in str(refused.value)
    assert found in str(refused.value)
    assert not (home / "store" / "products").exists()


def test_the_folder_of_all_backups_is_answered_with_the_newest(saved: Path, home: Path) -> None:
    with pytest.raises(BadBackup, match=saved.name):
        restore(saved.parent, Settings())


def test_no_secret_is_in_a_backup(
    shop: Target, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "QDRANT_API_KEY": "key-of-the-server", "SNAPSHELF_PASSWORD": "password-of-the-page",
        "SNAPSHELF_API_KEYS": "service:" + "key-of-a-service" * 3,
    }  # fmt: skip
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    text = "\n".join(f"{name}={value}" for name, value in secrets.items())
    for folder in (home, home.parent, home / "secrets"):
        folder.mkdir(exist_ok=True)
        (folder / ".env").write_text(text)
        (folder / "keys.json").write_text(text)
    (home / "models").mkdir(exist_ok=True)
    (home / "models" / ".env").write_text(text)
    assert main(["backup", str(tmp_path / "b")]) == 0
    written = files(tmp_path / "b")
    assert len(written) > COUNT
    for value in secrets.values():
        assert [name for name, data in written.items() if value.encode() in data] == []


def test_what_has_not_changed_is_shared_and_only_the_newest_are_kept(
    shop: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    made = [back_up(shop, folder, keep=2) for _ in range(3)]
    names = [Path(one.backup).name for one in made]
    assert whole(folder) == names[1:]
    assert made[2].removed == names[:1]
    assert [one.linked for one in made] == [0, COUNT + 1, COUNT + 1]
    pictures = [sorted((folder / name).glob("thumbs/*/*")) for name in names[1:]]
    inodes = [[path.stat().st_ino for path in some] for some in pictures]
    assert inodes[0] == inodes[1]
    shutil.rmtree(folder / names[1])
    check_files(folder / names[2], read_manifest(folder / names[2]))


def test_a_backup_of_another_index_is_not_removed_for_this_one(
    shop: Target, tmp_path: Path, saved: Path
) -> None:
    restore(saved, Settings(), collection="other")
    other = Target(shop.settings, shop.store, "other")
    kept = back_up(other, tmp_path / "b", keep=1)
    back_up(shop, tmp_path / "b", keep=1)
    back_up(shop, tmp_path / "b", keep=1)
    assert len(whole(tmp_path / "b")) == 2
    assert Path(kept.backup).exists()


def test_caches_can_be_left_out_and_the_rest_still_verifies(
    shop: Target, home: Path, tmp_path: Path
) -> None:
    assert main(["backup", str(tmp_path / "b"), "--without", "features,thumbnails"]) == 0
    made = next((tmp_path / "b").glob("[!.]*"))
    assert read_manifest(made).left_out == ["features", "thumbs"]
    shutil.rmtree(home)
    assert restore(made, Settings()).clean
    assert not (home / "features").exists()
    assert main(["backup", str(tmp_path / "b"), "--without", "models"]) == 2


def test_a_disk_without_room_is_told_before_anything_is_copied(
    shop: Target, tmp_path: Path, home: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "free_bytes", lambda path: 1000)
    with pytest.raises(StoreUnavailable, match="almost full"):
        back_up(shop, tmp_path / "b")
    assert whole(tmp_path / "b") == []
    monkeypatch.setattr("ui.restore.free_bytes", lambda path: 1000)
    before = files(home)
    with pytest.raises(StoreUnavailable, match="almost full"):
        restore(saved, Settings(), force=True)
    assert files(home) == before


def test_an_index_that_is_not_there_is_no_backup(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NoIndex):
        back_up(target_of(home), tmp_path / "b")
    assert whole(tmp_path / "b") == []


@pytest.mark.parametrize("name", ["photo.jpg", "photo.jpg/backups"])
def test_a_file_is_no_place_for_backups(shop: Target, tmp_path: Path, name: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture(1))
    with pytest.raises(BadBackup, match=f"in a file · .*{name} · name a folder"):
        back_up(shop, tmp_path / name)


def test_two_backups_into_one_folder_do_not_meet(shop: Target, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with alone(tmp_path / "b"), pytest.raises(BadBackup, match="another backup"):
        back_up(shop, tmp_path / "b")


def test_an_index_of_an_older_engine_is_backed_up_and_rewritten_by_upgrade(
    shop: Target, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older(home, "qdrant-edge 0.8.3")
    with pytest.raises(IndexMismatch, match=r"found qdrant-edge 0\.8\.3 .* snapshelf upgrade"):
        run_verify(shop, None)
    assert main(["upgrade"]) == 2
    assert main(["upgrade", "--backup", str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["before"] == "qdrant-edge 0.8.3"
    assert run_verify(shop, None).to_json()["points"] == COUNT
    assert main(["verify"]) == 0
    # what was backed up is as it was: restored, it wants the same
    made = next((tmp_path / "b").glob("[!.]*"))
    with pytest.raises(IndexMismatch, match="snapshelf upgrade"):
        restore(made, Settings(), force=True)
    assert main(["upgrade", "--no-backup"]) == 0
    assert main(["verify"]) == 0


def older(home: Path, engine: str) -> None:
    path = next(home.glob("store/collections/*/meta.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"engine": engine}))


@pytest.mark.parametrize("error", [StoreUnavailable("no room"), OSError(28, "no room")])
def test_a_restore_that_the_store_refuses_changes_nothing(
    shop: Target, home: Path, saved: Path, tmp_path: Path, error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ingested(tmp_path / "other", [("N1", "Hat", picture(50))])
    (home / "rejects" / "shop.csv").write_text("mine")
    before = {name: data for name, data in files(home).items() if not name.startswith("store/")}

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr("catalog.folder.StoreFolder.take_from", full)
    with pytest.raises((StoreUnavailable, OSError), match="no room"):
        restore(saved, Settings(), force=True)
    after = {name: data for name, data in files(home).items() if not name.startswith("store/")}
    assert after == before
    assert main(["verify"]) == 0
    back_up(shop, tmp_path / "b")


@pytest.fixture
def begun(shop: Target, home: Path, saved: Path) -> Path:
    """The backup whose restore was killed once the ledgers had gone aside."""
    killed("restore", str(saved), "index", "force")
    assert list((home / ".replaced").rglob("*.sqlite"))
    return saved


def test_nothing_is_written_or_backed_up_until_a_restore_has_ended(
    begun: Path, shop: Target, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnavailable, match="a restore has begun and not ended"):
        back_up(shop, tmp_path / "b", keep=1)
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "catalog.csv").write_text("id,image\nN1,1.jpg\n")
    (tmp_path / "n" / "1.jpg").write_bytes(picture(50))
    assert main(["ingest", str(tmp_path / "n" / "catalog.csv")]) == 1
    assert main(["reindex", "--model", "snapshelf:mini-1"]) == 1
    assert restore(begun, Settings()).clean
    assert main(["verify"]) == 0
    assert main(["ingest", str(tmp_path / "n" / "catalog.csv")]) == 0


def test_another_restore_is_refused_and_forced_leaves_what_the_first_put_aside(
    begun: Path, home: Path
) -> None:
    aside = sorted((home / ".replaced").rglob("*.sqlite"))
    with pytest.raises(BadBackup, match="another restore has begun and not ended"):
        restore(begun, Settings(), collection="drill")
    assert restore(begun, Settings(), collection="drill", force=True).clean
    assert sorted((home / ".replaced").rglob("*.sqlite")) == aside
    with pytest.raises(BadBackup, match="--force"):  # the mark is gone with the second
        restore(begun, Settings())


def test_a_backup_is_not_removed_while_it_is_restored(
    shop: Target, saved: Path, backup: Path, tmp_path: Path
) -> None:
    with alone(backup.parent), pytest.raises(BadBackup, match="another backup or restore"):
        restore(backup, Settings(), force=True)


def test_what_an_ingest_wrote_that_was_waited_for_is_in_the_backup(
    shop: Target, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backups._saved

    def waiting(*given: Any) -> Any:
        (home / "rejects" / "late.csv").write_text("id,reason\n")
        return plain(*given)

    monkeypatch.setattr(backups, "_saved", waiting)
    made = back_up(shop, tmp_path / "b")
    assert "rejects/late.csv" in read_manifest(Path(made.backup)).files


def test_without_links_a_file_is_copied_anew_and_its_old_copys_rot_stays_behind(
    shop: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("not on this disk")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    first = Path(back_up(shop, tmp_path / "b").backup)
    picture_of_it = next(first.rglob("*.jpg"))
    told, data = picture_of_it.stat(), picture_of_it.read_bytes()
    picture_of_it.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(picture_of_it, ns=(told.st_atime_ns, told.st_mtime_ns))
    second = Path(back_up(shop, tmp_path / "b").backup)
    assert (second / picture_of_it.relative_to(first)).read_bytes() == data


def test_the_backup_that_was_just_made_stays_whatever_the_clock_once_said(
    shop: Target, tmp_path: Path
) -> None:
    first = Path(back_up(shop, tmp_path / "b").backup)
    ahead = first.rename(first.with_name("20990101T000000Z"))
    made = back_up(shop, tmp_path / "b", keep=1)
    assert made.removed == [ahead.name]
    assert whole(tmp_path / "b") == [Path(made.backup).name]


def test_a_backup_of_another_shop_is_not_removed(shop: Target, saved: Path, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "second")
    restore(saved, other)
    kept = back_up(Target(other, str(other.home / "store"), "products"), tmp_path / "b", keep=1)
    back_up(shop, tmp_path / "b", keep=1)
    assert Path(kept.backup).exists()


def test_a_backup_without_ledgers_is_not_made_unnoticed(
    shop: Target, home: Path, tmp_path: Path
) -> None:
    ledger = next((home / "ledger").glob("*.sqlite"))
    data = ledger.read_bytes()
    ledger.write_bytes(b"no database" * 100)
    with pytest.raises(BadLedger, match=r"file is not a database.* delete it"):
        back_up(shop, tmp_path / "b")
    ledger.unlink()
    warned: list[str] = []
    back_up(shop, tmp_path / "b", warn=warned.append)
    assert "no ledger of it" in warned[0]
    ledger.write_bytes(data)
    assert len(read_manifest(Path(back_up(shop, tmp_path / "b").backup)).ledgers) == 1


def test_folders_on_another_disk_are_kept_and_a_link_that_leads_back_ends(
    shop: Target, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "disk" / "m").mkdir(parents=True)
    (tmp_path / "disk" / "m" / "config.json").write_text("{}")
    (home / "trained").mkdir()
    (home / "trained" / "big").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "back").symlink_to(tmp_path / "disk")
    found = read_manifest(Path(back_up(shop, tmp_path / "b").backup)).files
    assert [name for name in found if name.startswith("trained")] == ["trained/big/m/config.json"]


def test_a_name_that_no_manifest_can_hold_is_told_before_the_backup_counts(
    shop: Target, home: Path, tmp_path: Path
) -> None:
    (home / "rejects" / os.fsdecode(b"r\xf6ck.csv")).write_text("")
    with pytest.raises(StoreUnavailable, match="no UTF-8"):
        back_up(shop, tmp_path / "b")
    assert whole(tmp_path / "b") == []


def test_a_catalog_whose_name_is_no_utf_8_is_ingested_and_its_shop_backed_up(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "1.jpg").write_bytes(picture(1))
    catalog = tmp_path / "shop" / os.fsdecode(b"katalog_f\xfcr_2026.csv")
    catalog.write_text("id,image\nP1,1.jpg\nP2,gone.jpg\n")
    assert main(["ingest", str(catalog), "--model", TINY, "--source", "shop"]) == 3
    made = back_up(target_of(home), tmp_path / "b")
    assert [one for one in read_manifest(Path(made.backup)).files if one.startswith("rejects")]


@pytest.mark.parametrize("digits", ["0" * 64, ""])
def test_a_manifest_of_another_index_is_refused_before_anything_is_touched(
    shop: Target, home: Path, backup: Path, digits: str
) -> None:
    def other(manifest: dict[str, Any]) -> None:
        true = manifest["metadata"]["fingerprint"]
        manifest["metadata"]["fingerprint"] = digits or true[:8] + "0" * 56

    doctored(backup, other)
    before = files(home)
    with pytest.raises(StoreUnavailable, match="do not belong together"):
        restore(backup, Settings(), force=True)
    assert files(home) == before


def test_a_backup_without_its_index_is_refused_before_anything_is_touched(
    shop: Target, home: Path, backup: Path
) -> None:
    shutil.rmtree(backup / "collection")

    def without(manifest: dict[str, Any]) -> None:
        names = [name for name in manifest["files"] if name.startswith("collection")]
        for name in names:
            del manifest["files"][name]

    before = files(home)
    with pytest.raises(StoreUnavailable, match="do not belong together"):
        restore(doctored(backup, without), Settings(), force=True)
    assert files(home) == before


def test_room_is_wanted_for_what_is_not_shared_only(
    shop: Target, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "catalogs").mkdir(exist_ok=True)
    (home / "catalogs" / "large.jpg").write_bytes(os.urandom(20_000_000))
    back_up(shop, tmp_path / "b")
    monkeypatch.setattr(backups, "free_bytes", lambda path: 10_000_000)
    assert back_up(shop, tmp_path / "b").linked > COUNT
    with pytest.raises(StoreUnavailable, match="almost full"):
        back_up(shop, tmp_path / "c")


def test_a_damaged_cache_is_told_and_left_out(shop: Target, home: Path, tmp_path: Path) -> None:
    cache = next((home / "features").glob("*.sqlite"))
    cache.write_bytes(b"no database" * 100)
    warned: list[str] = []
    made = read_manifest(Path(back_up(shop, tmp_path / "b", warn=warned.append).backup))
    assert str(cache) in warned[0]
    assert f"features/{cache.name}" not in made.files


def test_a_manifest_nested_without_end_is_a_damaged_one(backup: Path) -> None:
    (backup / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(BadBackup, match="the backup is damaged"):
        restore(backup, Settings())


def test_an_alias_that_is_no_text_is_replaced_when_forced(
    shop: Target, home: Path, saved: Path
) -> None:
    (home / "store" / "products").write_bytes(b"\xff\xfe")
    assert restore(saved, Settings(), force=True).clean


def test_a_file_in_the_place_of_a_folder_goes_aside(home: Path, saved: Path) -> None:
    home.mkdir()
    (home / "rejects").write_text("a file")
    with pytest.raises(BadBackup, match="rejects, which differs"):
        restore(saved, Settings())
    assert restore(saved, Settings(), force=True).clean
    assert (home / "rejects" / "shop.csv").is_file()


def test_an_index_whose_alias_was_edited_by_hand_can_be_restored(
    shop: Target, home: Path, tmp_path: Path
) -> None:
    collection = next((home / "store" / "collections").glob("products__*"))
    collection.rename(collection.with_name("catalogue_v2"))
    (home / "store" / "products").write_text("catalogue_v2\n")
    made = back_up(shop, tmp_path / "b")
    shutil.rmtree(home)
    assert restore(Path(made.backup), Settings()).clean
