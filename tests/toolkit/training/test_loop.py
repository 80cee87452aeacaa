from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError, RunError
from emulax.training import OptimiserConfig, TrainingConfig, fit, read_metrics

FAST = OptimiserConfig(learning_rate=0.02, warmup=0.0)


def weights(model):
    return jax.tree.leaves(nnx.state(model, nnx.Param))


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


@pytest.fixture
def run(perceptron, loss, train, validation, tmp_path):
    """Train a new model; the model and the result."""

    def run(folder="run", *, model=None, augment=None, **settings):
        model = model or perceptron()
        config = TrainingConfig(**({"epochs": 4, "batch_size": 5, "optimiser": FAST} | settings))
        return model, fit(model, loss, train, validation, config=config, directory=tmp_path / folder, augment=augment)

    return run


@pytest.fixture
def validated(loss, validation):
    """Mean validation loss of a model."""
    return lambda model: float(loss(model, jax.tree.map(jnp.asarray, validation)).mean())


def test_a_small_problem_is_learnt(run):
    _, result = run(epochs=300, checkpoint_every=100)
    metrics = read_metrics(result.directory)
    assert metrics["train_loss"][-1] < 0.02 * metrics["train_loss"][0]


def test_the_model_ends_with_the_weights_of_the_best_epoch(run, validated):
    model, result = run(epochs=30, average_decay=None, optimiser=OptimiserConfig(learning_rate=0.5))
    losses = read_metrics(result.directory)["validation_loss"]
    assert result.best_epoch == 1 + np.argmin(losses) < 30
    assert result.best_loss == losses.min() == pytest.approx(validated(model), rel=1e-6)


def test_every_sample_of_an_incomplete_validation_batch_counts_once(run, validated):
    model, result = run(epochs=1, batch_size=5)
    assert result.best_loss == pytest.approx(validated(model), rel=1e-6)


def test_the_same_seed_gives_the_same_bits(run):
    first, second = run("a", seed=3)[0], run("b", seed=3)[0]
    assert same(first, second)


def test_another_seed_gives_another_order(run):
    assert not same(run("a", seed=3)[0], run("b", seed=4)[0])


def test_an_epoch_visits_every_sample_once(perceptron, train, validation, tmp_path):
    seen = []

    def watch(batch, key):
        jax.debug.callback(lambda x: seen.append(np.asarray(x)), batch["x"])
        return batch

    def loss(model, batch):
        return jnp.sum(model(batch["x"]), axis=1)

    config = TrainingConfig(epochs=2, batch_size=5)
    fit(perceptron(), loss, train, validation, config=config, directory=tmp_path / "run", augment=watch)
    jax.effects_barrier()
    first, second = np.concatenate(seen[:4]), np.concatenate(seen[4:])
    assert not np.array_equal(first, second)
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch[:, 0]), np.sort(train["x"][:, 0]))


def test_augmentation_gets_a_new_key_each_step(run):
    def shift(batch, key):
        return batch | {"y": batch["y"] + jax.random.normal(key, (), jnp.float32)}

    plain, shifted, again = run("a")[0], run("b", augment=shift)[0], run("c", augment=shift)[0]
    assert not same(plain, shifted)
    assert same(shifted, again)


def test_patience_stops_a_training_that_no_longer_improves(run):
    _, result = run(epochs=200, patience=3, average_decay=None, optimiser=OptimiserConfig(learning_rate=1.0))
    assert result.stopped_early
    assert result.epochs == result.best_epoch + 3 == len(read_metrics(result.directory)["epoch"]) < 200


def test_validation_happens_when_due_and_at_the_end(run):
    _, result = run(epochs=5, evaluate_every=2)
    assert np.isnan(read_metrics(result.directory)["validation_loss"]).tolist() == [True, False, True, False, False]


def test_progress_shows_the_latest_validation_in_epochs_without_one(run, monkeypatch):
    notes = []

    @contextmanager
    def shown(*_):
        yield lambda _, note: notes.append(note.partition(", ")[2])

    monkeypatch.setattr("emulax.training.loop.progress", shown)
    _, result = run(epochs=5, evaluate_every=2)
    losses = read_metrics(result.directory)["validation_loss"]
    assert notes == ["", *(f"validation {losses[at]:.4g}" for at in (1, 1, 3, 4))]


def test_the_moving_average_is_what_is_kept(run, perceptron):
    """One step of rate r moves the average by 0.9 of the step, its memory being one tenth at first."""
    still, plain, averaged = (
        perceptron(),
        *(run(name, epochs=1, batch_size=20, average_decay=decay)[0] for name, decay in (("a", None), ("b", 0.99))),
    )
    for start, end, mean in zip(weights(still), weights(plain), weights(averaged), strict=True):
        np.testing.assert_allclose(mean, start + 0.9 * (end - start), rtol=1e-5, atol=1e-7)


def test_batch_statistics_move_in_steps_and_rest_in_validation(run, perceptron):
    model, _ = run(model=perceptron(noisy=True))
    assert np.abs(model.norm.mean[...]).max() > 0
    assert model.norm.use_running_average
    assert model.dropout.deterministic


def test_training_leaves_the_initial_arrays_alone(run, perceptron):
    model = perceptron()
    before = weights(model)
    copies = [np.array(leaf) for leaf in before]
    run(model=model)
    assert all(np.array_equal(leaf, copy) for leaf, copy in zip(before, copies, strict=True))


def test_weights_stay_float32(run):
    assert {leaf.dtype for leaf in weights(run()[0])} == {jnp.dtype("float32")}


def test_a_loss_that_blows_up_is_reported(run, perceptron, train, tmp_path):
    def loss(model, batch):
        return jnp.sum(model(batch["x"]), axis=1) / jnp.float32(0)

    with pytest.raises(RunError, match=r"training loss became .* in epoch 1"):
        fit(perceptron(), loss, train, train, config=TrainingConfig(), directory=tmp_path / "run")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("evaluate_every", 0),
        ("checkpoint_every", -1),
        ("patience", 0),
        ("average_decay", 1.0),
        ("average_decay", float("nan")),
        ("seed", -1),
    ],
)
def test_a_bad_setting_is_refused(field, value):
    with pytest.raises(InputError, match=f"^{field}: "):
        TrainingConfig(**{field: value})


def keep(data, names=("x", "y"), count=None):
    return {name: data[name][:count] for name in names}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, v: (keep(t, count=10), v), "batch_size: is 16, must be at most the 10 training samples"),
        (lambda t, v: (t, keep(v, ("x",))), "validation: has arrays"),
        (lambda t, v: (t, keep(v, count=0)), "data: has samples"),
        (lambda t, v: (t | {"x": t["x"][1:]}, v), "data: has samples"),
    ],
    ids=["few", "names", "none", "unequal"],
)
def test_data_that_do_not_fit_are_refused_before_anything_is_written(
    change, message, perceptron, loss, train, validation, tmp_path
):
    train, validation = change(train, validation)
    with pytest.raises(InputError, match=message):
        fit(perceptron(), loss, train, validation, config=TrainingConfig(), directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_directory_below_a_file_is_refused(perceptron, loss, train, validation, tmp_path):
    (tmp_path / "file").write_text("")
    config = TrainingConfig(batch_size=4)
    with pytest.raises(InputError, match="is a file"):
        fit(perceptron(), loss, train, validation, config=config, directory=tmp_path / "file" / "run")
