"""Which device and which precision: chosen once, deliberately, and always stated. torch is imported only where it has
to be asked."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artbyol.base.errors import UsageError
from artbyol.base.finding import Finding
from artbyol.base.processes import cores
from artbyol.encoder.installation import convolution_differs, imported

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


@dataclass(frozen=True)
class Machine:
    """Where the networks run ("cpu", "cuda", "mps") and in which arithmetic ("fp32", "bf16")."""

    device: str
    precision: str

    def autocast(self) -> torch.autocast:
        """A context in which the networks compute in this precision; weights stay fp32."""
        import torch

        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    def describe(self) -> str:
        """For a line on the screen, e.g. "cpu (2 threads), bf16"."""
        if self.device == "cuda":
            import torch

            return f"{torch.cuda.get_device_name()}, {self.precision}"
        threads = f" ({cores()} threads)" if self.device == "cpu" else ""
        return f"{self.device}{threads}, {self.precision}"


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads of OpenMP for each layer.

    One is for tiny matrices, on which two wait for each other longer than they compute (300 steps of the projection
    phase took 2.3 s with one thread; with two 6.6 s, and 164 s where other programs wanted the cores), and for where
    every core has work of its own.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def choose_machine(device: str = "auto", precision: str = "auto") -> Machine:
    """The best of what is here, or exactly what was asked for.

    bf16 is taken where the hardware has instructions for it; elsewhere it would be emulated and slower.

    Raises:
        UsageError: an unknown name, or a device this machine does not have.
        InstallationError: torch and torchvision do not fit together.
    """
    check_choice(device, precision)
    imported("torchvision.ops")  # its compiled operators fit one build of torch
    import torch

    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        device = next(name for name in ("cuda", "mps", "cpu") if present[name])
    if not present[device]:
        raise UsageError(f"This machine has no {device} device that PyTorch can use.", hint="--device auto")
    if precision == "auto":
        precision = "bf16" if fast_bf16(device) else "fp32"
    if device == "cpu":
        keep_freed_memory()
    return Machine(device, precision)


def check_choice(device: str, precision: str) -> None:
    """Raises UsageError: an unknown name."""
    if device not in DEVICES:
        raise UsageError(f"--device must be one of {', '.join(DEVICES)}, not {device!r}.")
    if precision not in PRECISIONS:
        raise UsageError(f"--precision must be one of {', '.join(PRECISIONS)}, not {precision!r}.")


def surely_cpu(device: str) -> bool:
    """Whether this choice can only mean the processor. Asks the system, not torch: where it has the driver of an
    accelerator, torch is to say whether it can use it."""
    if device != "auto":
        return device == "cpu"
    if sys.platform == "linux":  # NVIDIA's, AMD's, and either under Windows
        return not any(Path(driver).exists() for driver in ("/proc/driver/nvidia", "/dev/kfd", "/dev/dxg"))
    if sys.platform == "win32":
        with suppress(OSError):
            return not ctypes.WinDLL("nvcuda.dll")
        return True
    return sys.platform == "darwin" and platform.machine() == "x86_64"


def check_device(device: str, precision: str) -> Finding:
    """What the networks run on, and in which arithmetic; and whether a convolution comes out right there."""
    import torch

    machine = choose_machine(device, precision)
    said = machine.describe()
    if machine.device == "cpu" and precision != "bf16":
        said = f"{Machine('cpu', 'fp32').describe()}; ONNX Runtime reads pictures"
    if convolution_differs(machine.device, torch.bfloat16 if machine.precision == "bf16" else torch.float32):
        return Finding("device", "wrong", f"{said}: a convolution comes out wrong", "--device cpu --precision fp32")
    return Finding("device", "sound", said)


def keep_freed_memory() -> None:
    """Let the C library (glibc; nothing elsewhere) keep what is freed for what is asked for next. By default it hands
    every large block back to the system, which clears each page before it gives it out again: for feature maps, made
    and freed layer by layer, that took a third of the time of looking and a tenth of that of training
    (docs/performance.md). The peak of memory stays what it is."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def fast_bf16(device: str) -> bool:
    """Whether this device has instructions for bf16; elsewhere it would be emulated and slower."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        # No public name for this yet, and older versions have none at all.
        return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())
    return False
