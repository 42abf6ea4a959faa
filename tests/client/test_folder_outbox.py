"""The outbox in a folder."""

import json
import threading

from tallystick import methods
from tallystick.errors import ReservationResolved
from tallystick.folder_outbox import FolderOutbox, open_outbox
from tallystick.ids import uuid7
from tallystick.outbox import Outbox, Pending
from tallystick.v1 import reservations_pb2
from tests.waiting import PATIENCE_S


def settlement(method=methods.COMMIT, reservation_id="r-1", **fields):
    """A settlement that waits."""
    kind = {"Commit": reservations_pb2.CommitRequest, "SettlePart": reservations_pb2.SettlePartRequest}[method.name]
    request_id = uuid7()
    message = kind(organization="acme", reservation_id=reservation_id, request_id=request_id, **fields)
    return Pending(method, "acme", reservation_id, request_id, message)


def test_folder_outbox__adopted(tmp_path):
    """What an ended process left is taken over, whole, refused or not."""
    ended, next_one = FolderOutbox(tmp_path), FolderOutbox(tmp_path)
    waiting, refused = settlement(basis=2), settlement(reservation_id="r-2")
    charge = Pending(
        methods.CHARGE, "acme", "", uuid7(), reservations_pb2.ChargeRequest(partition="acme/x"), (("USD", "0.1"),)
    )
    for one in (waiting, refused, charge):
        ended.put(one)
    ended.refuse(refused.request_id, ReservationResolved("resolved"))
    ended.close()

    assert next_one.adopt() == 3

    adopted = next_one.waiting()
    assert [(one.method, one.message, one.quantities) for one in adopted] == [
        (waiting.method, waiting.message, ()),
        (charge.method, charge.message, (("USD", "0.1"),)),
    ]
    assert next_one.left() == adopted
    assert [str(one.refusal) for one in next_one.refused()] == ["resolved"]
    assert len(list(tmp_path.glob("owner-*"))) == 1
    next_one.close()


def test_close__while_a_settlement_is_taken(tmp_path, monkeypatch):
    """What the delivery's thread has just delivered does not stay in the folder, though the process ends meanwhile."""
    outbox = FolderOutbox(tmp_path)
    pending = settlement()
    outbox.put(pending)
    drop, reached, go_on = outbox._drop, threading.Event(), threading.Event()

    def late(request_id):
        reached.set()
        go_on.wait(PATIENCE_S)
        drop(request_id)

    monkeypatch.setattr(outbox, "_drop", late)
    delivering = threading.Thread(target=outbox.done, args=[pending.request_id])
    closing = threading.Thread(target=outbox.close)
    delivering.start()
    reached.wait(PATIENCE_S)

    closing.start()
    closing.join(0.2)
    go_on.set()
    delivering.join()
    closing.join()

    assert list(tmp_path.iterdir()) == []


def test_folder_outbox__living(tmp_path):
    """What belongs to a living process stays with it."""
    living, other = FolderOutbox(tmp_path), FolderOutbox(tmp_path)
    living.put(settlement())

    assert other.adopt() == 0
    assert len(living.waiting()) == 1
    living.close()
    other.close()


def test_folder_outbox__unreadable(tmp_path):
    """What cannot be read is kept as it is, and does not stop the rest."""
    ended, next_one = FolderOutbox(tmp_path), FolderOutbox(tmp_path)
    pending = settlement()
    ended.put(pending)
    (own,) = tmp_path.glob("owner-*")
    (own / "0.pending.json").write_text("{")
    (own / "1.draft").write_text("half a settl")
    ended.close()

    assert next_one.adopt() == 1

    assert [one.request_id for one in next_one.waiting()] == [pending.request_id]
    assert [file.read_text() for file in tmp_path.glob("*/*.unreadable")] == ["{"]
    next_one.close()


def test_folder_outbox__damaged_message(tmp_path):
    """A file that is whole around a damaged message is kept as it is too."""
    ended, next_one = FolderOutbox(tmp_path), FolderOutbox(tmp_path)
    damaged, pending = settlement(), settlement()
    ended.put(damaged)
    ended.put(pending)
    (file,) = tmp_path.glob(f"owner-*/{damaged.request_id}.pending.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"message": "//8="}))
    ended.close()

    assert next_one.adopt() == 1

    assert [one.request_id for one in next_one.waiting()] == [pending.request_id]
    assert len(list(tmp_path.glob("*/*.unreadable"))) == 1
    next_one.close()


def test_folder_outbox__refusal_on_a_full_disk(tmp_path, caplog):
    """A refusal that cannot be written is handed back all the same, and what waited stays on the disk."""
    outbox = FolderOutbox(tmp_path)
    pending = settlement()
    outbox.put(pending)
    (own,) = tmp_path.glob("owner-*")
    (own / f"{pending.request_id}.draft").mkdir()

    outbox.refuse(pending.request_id, ReservationResolved("resolved"))

    assert [one.request_id for one in outbox.refused()] == [pending.request_id]
    assert [file.name for file in own.glob("*.json")] == [f"{pending.request_id}.pending.json"]
    assert pending.request_id in caplog.text
    outbox.close()


def test_folder_outbox__no_folder(tmp_path, caplog):
    """A folder that cannot be made is said; settlements are kept in memory, and nothing else fails."""
    (tmp_path / "file").touch()
    outbox = FolderOutbox(tmp_path / "file" / "box")
    pending = settlement()

    assert outbox.adopt() == 0
    outbox.put(pending)

    assert outbox.waiting() == [pending]
    assert "in memory only" in caplog.text
    outbox.done(pending.request_id)
    outbox.close()


def test_folder_outbox__private(tmp_path):
    """Nobody else reads what work did cost."""
    outbox = FolderOutbox(tmp_path / "box")
    outbox.put(settlement())

    (own,) = (tmp_path / "box").glob("owner-*")
    assert own.stat().st_mode & 0o077 == 0
    outbox.close()


def test_folder_outbox__disk_full(tmp_path, caplog):
    """A settlement that cannot be written is said, kept in memory, and tried all the same."""
    outbox = FolderOutbox(tmp_path)
    kept, lost = settlement(), settlement()
    outbox.put(kept)
    (own,) = tmp_path.glob("owner-*")
    (own / f"{lost.request_id}.draft").mkdir()

    outbox.put(lost)

    assert outbox.waiting() == [kept, lost]
    assert [outbox.keeps(one) for one in (kept, lost)] == [True, False]
    assert lost.request_id in caplog.text
    outbox.close()


def test_folder_outbox__let_go(tmp_path):
    """A forked child forgets what is its parent's, and touches nothing."""
    outbox = FolderOutbox(tmp_path)
    outbox.put(settlement())

    outbox.let_go()

    assert outbox.waiting() == []
    assert len(list(tmp_path.glob("*/*.pending.json"))) == 1


def test_open_outbox__kinds(tmp_path):
    """A folder where one is named, else memory."""
    assert type(open_outbox("")) is Outbox
    assert type(open_outbox(str(tmp_path))) is FolderOutbox


def test_folder__done_mark(tmp_path):
    """What was said of the work outlives the process with its cost."""
    first = FolderOutbox(tmp_path)
    first.put(settlement(done=True, result="s3://reports/7"))
    first.close()
    second = FolderOutbox(tmp_path)
    second.adopt()
    (kept,) = second.waiting()
    second.close()

    assert isinstance(kept.message, reservations_pb2.CommitRequest)
    assert (kept.message.done, kept.message.result) == (True, "s3://reports/7")
