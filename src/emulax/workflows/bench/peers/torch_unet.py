"""Samples a second that the U-Net is trained on in PyTorch: the same layers, loss, optimiser and averaged weights.

Runs in an environment of its own: `python torch_unet.py NETWORK SAMPLES CHANNELS YxX THREADS STEPS`, with the network's
configuration in JSON; prints JSON: the number of parameters, and the rate of each way to run it.
"""

import json
import statistics
import sys
import time
from itertools import pairwise
from types import SimpleNamespace

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.nn import functional  # pyright: ignore[reportMissingImports]

config = SimpleNamespace(**json.loads(sys.argv[1]))
samples, channels = map(int, sys.argv[2:4])
ny, nx = map(int, sys.argv[4].split("x"))
threads, steps = map(int, sys.argv[5:7])
torch.set_num_threads(threads)
torch.manual_seed(0)


def norm(width):
    """Group normalisation as the network's configuration has it."""
    return nn.GroupNorm(width // config.group_size, width)


class ResidualBlock(nn.Module):
    """`x + conv(silu(norm(conv(silu(norm(x))))))`."""

    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = norm(width), norm(width)
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x):
        """The block."""
        hidden = self.conv1(functional.silu(self.norm1(x)))
        return x + self.conv2(functional.silu(self.norm2(hidden)))


class GlobalMixing(nn.Module):
    """Exchange of all pixels with all pixels, a matrix for each head."""

    def __init__(self, width, pixels):
        super().__init__()
        self.norm = norm(width)
        self.project_in, self.project_out = nn.Linear(width, width), nn.Linear(width, width)
        self.green = nn.Parameter(torch.randn(config.mixing_heads, pixels, pixels) / pixels**0.5)

    def forward(self, x):
        """The exchange."""
        batch, width, rows, columns = x.shape
        source = self.project_in(self.norm(x).permute(0, 2, 3, 1))
        source = source.reshape(batch, rows * columns, config.mixing_heads, width // config.mixing_heads)
        response = torch.einsum("hpq,bqhc->bphc", self.green, source).reshape(batch, rows, columns, width)
        return x + self.project_out(functional.silu(response)).permute(0, 3, 1, 2)


class UNet(nn.Module):
    """The network of `emulax.models.sdf_flow.unet`."""

    def __init__(self):
        super().__init__()
        widths, patch = config.widths, config.patch
        pairs = list(pairwise(widths))
        y, x = ((torch.arange(cells) * 2 + 1) / cells - 1 for cells in (ny, nx))
        self.register_buffer("positions", torch.stack(torch.meshgrid(y, x, indexing="ij"))[None])
        self.stem = nn.Conv2d(channels + 2, widths[0], patch, stride=patch)
        self.down = nn.ModuleList(self.blocks(width) for width in widths[:-1])
        self.merge = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        bottom = [self.blocks(widths[-1])]
        if config.mixing_heads:
            pixels = ny * nx // (patch * 2 ** len(pairs)) ** 2
            bottom += [GlobalMixing(widths[-1], pixels), self.blocks(widths[-1])]
        self.bottom = nn.Sequential(*bottom)
        self.expand = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.up = nn.ModuleList(self.blocks(width) for width in widths[:-1])
        self.norm = norm(widths[0])
        self.head = nn.ConvTranspose2d(widths[0], 3, patch, stride=patch)

    def blocks(self, width):
        """The residual blocks of one level."""
        return nn.Sequential(*(ResidualBlock(width) for _ in range(config.blocks)))

    def forward(self, x):
        """Normalised fields."""
        x = self.stem(torch.cat([x, self.positions.expand(len(x), -1, -1, -1)], dim=1))
        skips = []
        for blocks, merge in zip(self.down, self.merge, strict=True):
            x = blocks(x)
            skips.append(x)
            x = merge(x)
        x = self.bottom(x)
        for blocks, expand, skip in reversed(list(zip(self.up, self.expand, skips, strict=True))):
            x = blocks(skip + functional.interpolate(expand(x), scale_factor=2, mode="nearest"))
        return self.head(functional.silu(self.norm(x)))


def relative_size(error, reference, mask):
    """Norm of the error over the norm of the reference, in fluid cells."""
    squares = [torch.where(mask, values, 0.0).square().sum((1, 2, 3)).clamp(min=1e-30) for values in (error, reference)]
    return torch.sqrt(squares[0] / squares[1])


def rate(layout, *, compiled):
    """Parameters, and samples a second: warm, median."""
    network = UNet().to(memory_format=layout)
    inputs = torch.randn(samples, channels, ny, nx).to(memory_format=layout)
    target = torch.randn(samples, 3, ny, nx).to(memory_format=layout)
    mask = inputs[:, :1] > -0.5

    def loss():
        fields = torch.where(mask, network(inputs), 0.0)
        error = fields - target
        velocity = relative_size(error[:, :2], target[:, :2], mask)
        return (velocity + 0.1 * relative_size(error[:, 2:], target[:, 2:], mask)).mean()

    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 1e-4},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, fused=True)
    average = [p.detach().clone() for p in parameters]
    run = torch.compile(loss) if compiled else loss

    def step():
        optimiser.zero_grad(set_to_none=True)
        run().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        torch._foreach_lerp_(average, [p.detach() for p in parameters], 0.001)

    seconds = []
    for _ in range(3 + steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return sum(p.numel() for p in parameters), samples / statistics.median(seconds[3:])


ways = {
    "eager": (torch.contiguous_format, False),
    "eager, channels last": (torch.channels_last, False),
    "compiled, channels last": (torch.channels_last, True),
}
found = {}
for name, (layout, compiled) in ways.items():
    try:
        found["parameters"], found[name] = rate(layout, compiled=compiled)
    except Exception as error:
        if not compiled:
            raise
        sys.stderr.write(f"{name}: {error}\n")
sys.stdout.write(json.dumps(found) + "\n")
