"""Other BYOL code, run as its own documentation shows: a network, and the steps that train it."""

from __future__ import annotations

import copy
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import nn

BATCH = 64
PACKAGES = {"lightly": "lightly", "byol-pytorch": "byol_pytorch"}


def resnet18() -> nn.Module:
    """torchvision's, random weights, without its classifier: (N, 3, H, W) -> (N, 512, 1, 1)."""
    import torchvision

    return nn.Sequential(*list(torchvision.models.resnet18().children())[:-1])


def missing(name: str) -> bool:
    """Whether a contender's package is not installed; said once."""
    package = next((package for peer, package in PACKAGES.items() if name.startswith(peer)), None)
    absent = package is not None and importlib.util.find_spec(package) is None
    if absent:
        print(f"{name} is not installed")
    return absent


def lightly(folder: Path, side: int, epochs: int, backbone: nn.Module, width: int) -> Iterator[None]:
    """lightly's published example (examples/pytorch/byol.py), at this size and batch, fed by as many workers as there
    are cores; trains `backbone` (N, 3, H, W) -> (N, width, 1, 1) and yields after every step."""
    import torch
    from lightly.data import LightlyDataset
    from lightly.loss import NegativeCosineSimilarity
    from lightly.models.modules import BYOLPredictionHead, BYOLProjectionHead
    from lightly.models.utils import deactivate_requires_grad, update_momentum
    from lightly.transforms.byol_transform import BYOLTransform, BYOLView1Transform, BYOLView2Transform
    from lightly.utils.scheduler import cosine_schedule

    head, predictor = BYOLProjectionHead(width, 1024, 256), BYOLPredictionHead(256, 1024, 256)
    slow_backbone, slow_head = copy.deepcopy(backbone), copy.deepcopy(head)
    deactivate_requires_grad(slow_backbone)
    deactivate_requires_grad(slow_head)
    transform = BYOLTransform(
        view_1_transform=BYOLView1Transform(input_size=side), view_2_transform=BYOLView2Transform(input_size=side)
    )
    loader = torch.utils.data.DataLoader(
        LightlyDataset(str(folder), transform=transform),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=os.cpu_count() or 1,
    )
    criterion = NegativeCosineSimilarity()
    learning = [*backbone.parameters(), *head.parameters(), *predictor.parameters()]
    optimiser = torch.optim.SGD(learning, lr=0.06)
    for epoch in range(epochs):
        momentum = cosine_schedule(epoch, epochs, 0.996, 1)
        for batch in loader:
            x0, x1 = batch[0]
            update_momentum(backbone, slow_backbone, m=momentum)
            update_momentum(head, slow_head, m=momentum)
            z0, z1 = (head(backbone(x).flatten(start_dim=1)) for x in (x0, x1))
            p0, p1 = predictor(z0), predictor(z1)
            with torch.no_grad():
                t0, t1 = (slow_head(slow_backbone(x).flatten(start_dim=1)) for x in (x0, x1))
            loss = 0.5 * (criterion(p0, t1) + criterion(p1, t0))
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            yield


def byol_pytorch(folder: Path, side: int, epochs: int, resnet: nn.Module) -> Iterator[None]:
    """byol-pytorch as its README uses it, fed by a DataLoader; trains torchvision's `resnet` and yields after every
    step."""
    import torch
    import torchvision
    from byol_pytorch import BYOL
    from torchvision import transforms

    learner = BYOL(resnet, image_size=side, hidden_layer="avgpool")
    optimiser = torch.optim.Adam(learner.parameters(), lr=3e-4)
    prepare: Any = transforms.Compose([transforms.Resize(side), transforms.CenterCrop(side), transforms.ToTensor()])
    loader = torch.utils.data.DataLoader(
        torchvision.datasets.ImageFolder(str(folder), prepare),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=os.cpu_count() or 1,
    )
    for _ in range(epochs):
        for images, _label in loader:
            loss = learner(images)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            learner.update_moving_average()
            yield
