"""Flow datasets: schema, shards, manifest, splits, normalisation and export; only this room knows HDF5."""

from emulax.data.export import write_prediction, write_vtu
from emulax.data.flows import Certificates, FlowData, FlowInputs
from emulax.data.loading import data_directory, load_flows
from emulax.data.manifest import Manifest, ShardEntry
from emulax.data.normalisation import Normalisation
from emulax.data.predictions import Predictions, read_predictions, write_predictions
from emulax.data.schema import SCHEMA_VERSION
from emulax.data.shards import open_shard, read_shard, write_shard
from emulax.data.splits import SPLITS, Split, SplitFractions, split_of

__all__ = [
    "SCHEMA_VERSION",
    "SPLITS",
    "Certificates",
    "FlowData",
    "FlowInputs",
    "Manifest",
    "Normalisation",
    "Predictions",
    "ShardEntry",
    "Split",
    "SplitFractions",
    "data_directory",
    "load_flows",
    "open_shard",
    "read_predictions",
    "read_shard",
    "split_of",
    "write_prediction",
    "write_predictions",
    "write_shard",
    "write_vtu",
]
