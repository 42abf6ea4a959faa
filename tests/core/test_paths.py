import pytest

from ledger.core.paths import depth_of, organization_of, parent_of, tree_key, well_formed


@pytest.mark.parametrize("path", ["acme", "acme/research", "acme/a.b-c_d/7", "a" * 63, "a/" + "b" * 63])
def test_well_formed__names(path):
    """R7: names of 1 to 63 characters of the alphabet, beginning with a letter or digit."""
    assert well_formed(path)


@pytest.mark.parametrize("path", ["", "Acme", "acme/", "/acme", "acme//x", "acme/-x", "acme/ü", "a" * 64, "a b", "a\n"])
def test_well_formed__not_names(path):
    """R7: nothing else is a path."""
    assert not well_formed(path)


def test_parent_of__each_level():
    """R7: a path is its parent's, a slash and a name; the root has none above."""
    assert [parent_of(path) for path in ("acme/a/b", "acme/a", "acme")] == ["acme/a", "acme", ""]
    assert [depth_of(path) for path in ("acme", "acme/a", "acme/a/b")] == [0, 1, 2]
    assert organization_of("acme/a/b") == organization_of("acme") == "acme"


def test_tree_key__subtrees_in_one_piece():
    """R6: sorted by it, a subtree lies in one piece, also beside names that continue its own."""
    paths = ["acme", "acme/a", "acme/a/x", "acme/a/x/y", "acme/a-b", "acme/a-b/c", "acme/a.b", "acme/a0", "acme/b"]

    assert sorted(set(paths), key=tree_key) == paths
