"""What does not apply is an error that names its field, never silence."""

from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import (
    PAST_A_BODY,
    PERIODIC,
    CaseError,
    ConvectiveOutlet,
    Edges,
    FlowCase,
    FreeSlip,
    InflowHistory,
    Periodic,
    PressureOutlet,
    Run,
    Sponge,
    VelocityInlet,
    Wall,
    open_box,
)
from emulax_lbm.boundaries.edges import Edge

FLAT = ("bottom", "top")
DEEP = (*FLAT, "back", "front")
NAMES = ("left", "right", *DEEP)
KINDS = (Periodic(), FreeSlip(), Wall(), VelocityInlet(), PressureOutlet(), ConvectiveOutlet(), ConvectiveOutlet(0.3))
SHAPES = {2: (6, 8), 3: (5, 6, 8)}


def _belongs(edge: Edge, side: str, dimensions: int) -> bool:
    """Whether an edge can take this place in a box with inlet, outlet and free-slip sides."""
    match edge:
        case VelocityInlet():
            return side == "left"
        case PressureOutlet() | ConvectiveOutlet():
            return side == "right"
        case Periodic():  # never alone; in two dimensions it is what back and front are
            return dimensions == 2 and side in ("back", "front")
        case _:
            return side in (FLAT if dimensions == 2 else DEEP)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("side", NAMES)
@pytest.mark.parametrize("edge", KINDS, ids=repr)
def test_edge_stands_where_it_can_and_nowhere_else(edge, side, dimensions):
    box = PAST_A_BODY if dimensions == 2 else replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())

    def build() -> FlowCase:
        return FlowCase(open_box(SHAPES[dimensions]), 10.0, 4, edges=replace(box, **{side: edge}))

    if _belongs(edge, side, dimensions):
        build()
    else:
        with pytest.raises(CaseError, match=r"^edges: "):
            build()


BOXES = {
    "pressure outlet": PAST_A_BODY,
    "convective outlet": replace(PAST_A_BODY, right=ConvectiveOutlet()),
    "periodic": PERIODIC,
    "closed": Edges(*[Wall()] * 4),
    "driven channel": replace(PERIODIC, bottom=Wall(), top=Wall()),
    "cavity": Edges(Wall(), Wall(), Wall(), Wall((1.0, 0.0))),
    "symmetric": Edges(*[FreeSlip()] * 4),
}
SETTINGS = {
    "inflow": np.ones(6),
    "inflow_history": InflowHistory(np.array([0.0, 1.0]), np.array([0.0, 1.0])),
    "sponge": Sponge(width=1.0, strength=2.0),
}


@pytest.mark.parametrize("names", [("inflow",), ("inflow_history",), ("sponge",), ("inflow_history", "sponge")])
@pytest.mark.parametrize("edges", BOXES.values(), ids=BOXES)
def test_inflow_and_sponge_are_for_boxes_with_a_stream_through_them(edges, names):
    def build() -> FlowCase:
        return FlowCase(open_box((6, 8)), 10.0, 4, edges=edges, **{name: SETTINGS[name] for name in names})

    if edges.through_flow:
        build()
    else:
        with pytest.raises(CaseError, match=f"^{names[0]}: is given, but no edge is an (inlet|outlet)"):
            build()


def test_engine_that_knows_no_sponge_is_refused():
    with pytest.raises(CaseError, match=r"^engine: is 'native', but it does not know sponges: use engine='xla'"):
        Run([FlowCase(open_box((6, 8)), 10.0, 4, sponge=SETTINGS["sponge"])], engine="native")
