"""The secret of a cache folder is one and the same for all who begin there at once."""

import threading

from remanifold._core.kept.cache_secret import secret_of


def test_many_who_find_none_agree_on_one(tmp_path):
    """Whoever saw none a moment ago must not remove the one that another has made since."""
    for number in range(40):
        start, got = threading.Barrier(8), []

        def ask(folder=tmp_path / str(number), start=start, got=got):
            start.wait()
            got.append(secret_of(folder))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 8 and len(set(got)) == 1, number
