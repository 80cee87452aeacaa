import json
import resource
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError, RunError
from emulax.training import checkpoints, restore_best

TREE = {"weight": jnp.arange(6, dtype=jnp.float32).reshape(2, 3), "steps": [jnp.int32(3), jax.random.key(1)]}


def blank(tree):
    return jax.tree.map(lambda x: x if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key) else jnp.zeros_like(x), tree)


def save(directory, epoch=1, tree=TREE, **facts):
    checkpoints.save(directory, {"best": (epoch, tree)}, facts)


def folders(directory):
    return sorted(path.name for path in (directory / checkpoints.FOLDER).iterdir() if path.is_dir())


def test_a_tree_comes_back_with_its_types_and_keys(tmp_path):
    save(tmp_path)
    back = checkpoints.restore(tmp_path, "best", blank(TREE))
    assert jnp.array_equal(back["weight"], TREE["weight"])
    assert (back["weight"].dtype, back["steps"][0].dtype) == (jnp.float32, jnp.int32)
    assert back["steps"][0] == 3
    assert jnp.array_equal(jax.random.key_data(back["steps"][1]), jax.random.key_data(TREE["steps"][1]))


def test_facts_come_back(tmp_path):
    save(tmp_path, loss=0.1, name="unet")
    assert checkpoints.read(tmp_path).facts == {"loss": 0.1, "name": "unet"}


def test_only_the_newest_checkpoint_is_kept(tmp_path):
    for epoch in (1, 2, 3):
        save(tmp_path, epoch)
    assert folders(tmp_path) == ["best-000003"]


def test_a_tree_of_the_same_epoch_is_not_written_again(tmp_path):
    save(tmp_path)
    record = tmp_path / checkpoints.FOLDER / "best-000001" / "manifest.ocdbt"
    before = record.stat().st_mtime_ns
    save(tmp_path, loss=2)
    assert record.stat().st_mtime_ns == before
    assert checkpoints.read(tmp_path).facts == {"loss": 2}


def test_what_a_killed_run_left_is_removed(tmp_path):
    save(tmp_path)
    for name in ("best-000002", "best-000003.orbax-checkpoint-tmp"):
        (tmp_path / checkpoints.FOLDER / name).mkdir()
    save(tmp_path, 2)
    assert folders(tmp_path) == ["best-000002"]


def files_of(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole")
    save(directory)
    return directory, sorted(path for path in directory.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return files_of(tmp_path_factory)


@pytest.mark.parametrize("damage", ["cut", "empty", "missing", "flipped"])
def test_any_damaged_file_is_noticed(whole, damage, tmp_path):
    directory, files = whole
    assert len(files) > 5
    for number, path in enumerate(files):
        copy = tmp_path / str(number)
        shutil.copytree(directory, copy)
        victim = copy / path.relative_to(directory)
        content = bytearray(victim.read_bytes())
        if damage == "flipped":
            content[len(content) // 2] ^= 0xFF
        length = {"cut": len(content) // 2, "empty": 0}.get(damage, len(content))
        victim.write_bytes(content[:length])
        if damage == "missing":
            victim.unlink()
        with pytest.raises(InputError, match=r"is damaged|holds no checkpoint"):
            checkpoints.restore(copy, "best", blank(TREE))


@pytest.mark.parametrize(
    ("tree", "difference"),
    [
        (
            TREE | {"weight": jnp.zeros((2, 4), jnp.float32)},
            r"weight is float32\[2, 3\] there and float32\[2, 4\] here",
        ),
        (TREE | {"weight": jnp.zeros((2, 3), jnp.int32)}, r"weight is float32\[2, 3\] there and int32\[2, 3\] here"),
        (TREE | {"bias": jnp.zeros(3, jnp.float32)}, r"bias is absent there and float32\[3\] here"),
        ({"weight": TREE["weight"]}, r"steps/0 is int32\[\] there and absent here"),
    ],
    ids=["shape", "type", "more", "fewer"],
)
def test_a_foreign_tree_is_refused(tree, difference, tmp_path):
    save(tmp_path)
    with pytest.raises(InputError, match=difference):
        checkpoints.restore(tmp_path, "best", tree)


def test_an_empty_directory_holds_no_checkpoint(tmp_path):
    with pytest.raises(InputError, match="holds no checkpoint"):
        checkpoints.read(tmp_path)


def test_an_unknown_tree_is_refused(tmp_path):
    save(tmp_path)
    with pytest.raises(InputError, match="holds no weights called 'last'"):
        checkpoints.restore(tmp_path, "last", TREE)


@pytest.mark.parametrize("content", ["{}", "[]", '{"schema": 2}', '{"schema": 2, "trees": {"best": {}}, "facts": {}}'])
def test_a_record_of_something_else_is_refused(content, tmp_path):
    save(tmp_path)
    (tmp_path / checkpoints.FOLDER / "checkpoint.json").write_text(content)
    with pytest.raises(InputError, match="is damaged"):
        checkpoints.read(tmp_path)


def test_another_version_is_refused(tmp_path):
    save(tmp_path)
    path = tmp_path / checkpoints.FOLDER / "checkpoint.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 1}))
    with pytest.raises(InputError, match="is not of version 2"):
        checkpoints.read(tmp_path)


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, caplog):
    save(tmp_path)
    large = {"weight": jnp.asarray(np.random.default_rng(0).standard_normal((300, 300)), jnp.float32)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(RunError, match="cannot be written"):
            save(tmp_path, 2, large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not caplog.records
    assert jnp.array_equal(checkpoints.restore(tmp_path, "best", blank(TREE))["weight"], TREE["weight"])


def test_the_best_weights_return_to_a_model(perceptron, tmp_path):
    model, other = perceptron(noisy=True), perceptron(seed=1, noisy=True)
    save(tmp_path, tree=tuple(map(nnx.as_pure, nnx.state(model, nnx.Param, ...))))
    restore_best(tmp_path, other)
    x = jnp.ones((3, 2), jnp.float32)
    model.eval()
    other.eval()
    assert jnp.array_equal(model(x), other(x))
