"""The state of a run: network, optimiser, average, sampler and step, and one step of training."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from srcnn.data.pair import Pair
from srcnn.data.samplers import OrderedSubimages
from srcnn.errors import TrainingError, UsageError
from srcnn.training.build import build_sampler, empty_network, first_metric, first_null_space, start_network
from srcnn.training.checkpoint import load_checkpoint, save_checkpoint
from srcnn.training.dead_units import revive
from srcnn.training.network import Residual, Srcnn, to_weights
from srcnn.training.optimisers import build_optimiser, loss_of, set_rate
from srcnn.training.patches import clean_carriers, shrink_null_space
from srcnn.training.provenance import command_line, source_commit
from srcnn.training.recipe import Recipe
from srcnn.weights import ModelCard, Weights


class Trainer:
    """Everything that changes while a recipe is trained.

    Args:
        pairs: the training pictures.
        fabric: device and processes.
        init: weights to start from instead of ``recipe.network.init``.
        facts: what tells these pictures from others; a run is resumed with the same.

    Attributes:
        step: optimiser steps done, of ``steps``.
        leads: whether this is the process that validates and writes.
        seconds: training time so far, over all resumed parts.
        best: best PSNR in dB on the validation pictures, reached at ``best_step``.
        small: names of pictures that are smaller than an input and left out.
        rate: what the recipe's learning rates were multiplied by in the last step.
        init: name and digest of the weights started from, if any.
        origin: for the start and each resumption its step, command and commit.
    """

    def __init__(
        self,
        recipe: Recipe,
        pairs: Sequence[Pair],
        fabric: Fabric,
        init: Weights | None = None,
        *,
        facts: dict[str, Any] | None = None,
    ) -> None:
        self.recipe, self._fabric, self.facts = recipe, fabric, facts
        self.step, self.seconds, self.best, self.best_step, self.rate = 0, 0.0, float("-inf"), 0, 1.0
        self.init = {"name": init.card.name, "sha256": init.digest} if init else None
        self.origin = [{"step": 0, "command": command_line(), "commit": source_commit()}]
        torch.set_flush_denormal(True)
        # Every batch has one shape: on a GPU the trials for the fastest convolution pay at once.
        torch.backends.cudnn.benchmark = True
        self._metric = metric = first_metric(recipe, pairs)
        self._null = first_null_space(recipe, pairs)
        self._module = start_network(recipe, init, metric)
        # Channels last is what fast convolutions want; pyright's stubs lack this keyword of Module.to.
        self._module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self._trained = self._module.inner if isinstance(self._module, Residual) else self._module
        self._shrink_null_space(1.0)
        optimiser = build_optimiser(recipe.optimiser, self._trained, metric)
        self._forward, self._optimiser = fabric.setup(self._module, optimiser)
        self._ema = Ema(self._module, recipe.run.ema)
        self._sampler = build_sampler(recipe, pairs)
        self.steps = recipe.run.steps or self._steps_of(recipe.run.epochs or 1)
        self.small = self._sampler.small
        self.leads = fabric.is_global_zero
        if recipe.run.batch % fabric.world_size:
            raise UsageError(
                f"expected a run.batch that {fabric.world_size} processes can share equally, "
                f"got {recipe.run.batch}"
            )

    def advance(self) -> tuple[float, float]:
        """One optimiser step; returns the loss and the mean squared error of its batch."""
        recipe = self.recipe
        self.rate = set_rate(self._optimiser, recipe.optimiser, self.step, self.steps)
        inputs, labels = self._batch()
        output = self._output(inputs)
        shared = self._mean_of_all if self._fabric.world_size > 1 else None
        loss = loss_of(recipe.optimiser, *self._counted(output, labels), shared)
        self._optimiser.zero_grad()
        self._fabric.backward(loss)
        if recipe.optimiser.clip:
            self._fabric.clip_gradients(self._forward, self._optimiser, max_norm=recipe.optimiser.clip)
        self._optimiser.step()
        self._shrink_null_space(recipe.optimiser.null_decay * recipe.optimiser.rate * self.rate)
        self.step += 1
        self._ema.update(self._module, self.step)
        mse = torch.nn.functional.mse_loss(output.detach(), labels)
        values = torch.stack([loss.detach().float(), mse])
        if self._fabric.world_size > 1:
            values = self._mean_of_all(values)
        return float(values[0]), float(values[1])

    @property
    def device(self) -> torch.device:
        """Where the network is trained."""
        return self._fabric.device

    def revive(self, dead: Sequence[Tensor]) -> None:
        """Bring dead units back; ``dead`` are those of `network`, see `srcnn.training.dead_units`."""
        carried = self.recipe.network.channels if isinstance(self._module, Residual) else 0
        averages = {p: self._ema.values[name] for name, p in self._module.named_parameters()}
        generator = torch.Generator().manual_seed(self.recipe.run.seed + self.step)
        revive(self._trained, averages, [layer[carried:] for layer in dead], generator, self._metric)

    def agree(self, asked: bool) -> bool:
        """Whether any process was asked to stop, so that all of them stop after the same step."""
        if self._fabric.world_size == 1:
            return asked
        votes = self._fabric.all_reduce(torch.tensor(float(asked)), reduce_op="sum")
        return bool(torch.as_tensor(votes) > 0)

    def network(self, *, averaged: bool = True) -> Srcnn:
        """The plain network, with the averaged parameters where the recipe averages."""
        module = empty_network(self.recipe)
        if averaged and self.recipe.run.ema:
            self._ema.copy_to(module)
        else:
            module.load_state_dict(self._module.state_dict())
        if not isinstance(module, Residual):
            return module
        plain = module.fold()
        if self._null is not None:
            # In training the input is carried outside the layers; here a filter carries it, and its noise.
            first, channels = plain.convolutions[0], self.recipe.network.channels
            clean_carriers(first.weight[:channels], first.bias[:channels], self._null, Residual.CENTRE)
        return plain

    def weights(self, card: ModelCard, *, averaged: bool = True) -> Weights:
        """`network` as weights."""
        return to_weights(self.network(averaged=averaged), card)

    def save(self, path: Path) -> None:
        """Write a checkpoint that `restore` continues from to the bit."""
        tensors = {f"network.{name}": p for name, p in self._module.named_parameters()}
        tensors |= {f"ema.{name}": value for name, value in self._ema.values.items()}
        for name, entries in self._optimiser_state().items():
            tensors |= {f"optimiser.{name}.{key}": value for key, value in entries.items()}
        state = {
            "recipe": self.recipe.model_dump(mode="json"),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "best_step": self.best_step,
            "init": self.init,
            "origin": self.origin,
            "data": self.facts,
            "sampler": self._sampler.state(),
        }
        save_checkpoint(path, tensors, state)

    def restore(self, path: Path) -> None:
        """Take over a checkpoint's state.

        Raises:
            TrainingError: it is broken, or of another recipe or other pictures.
        """
        tensors, state = load_checkpoint(path)
        try:
            _same(state["recipe"], self.recipe.model_dump(mode="json"), "the recipe", path)
            _same(state["data"] or {}, self.facts or {}, "the pictures", path)
            self._take(tensors)
            self.step, self.seconds = state["step"], state["seconds"]
            self.best, self.best_step = state["best"], state["best_step"]
            self.init = state["init"]
            self.origin = [*state["origin"], {**self.origin[0], "step": self.step}]
            self._sampler.restore(state["sampler"])
        except (KeyError, TypeError) as error:
            raise TrainingError(f"expected a whole checkpoint, got {path} without {error}") from error

    def _shrink_null_space(self, share: float) -> None:
        if self._null is not None:
            shrink_null_space(self._trained.convolutions[0].weight, self._null, share)

    def _take(self, tensors: dict[str, Tensor]) -> None:
        names = dict(self._module.named_parameters())
        with torch.no_grad():
            for name, parameter in names.items():
                parameter.copy_(tensors[f"network.{name}"])
                self._ema.values[name] = tensors[f"ema.{name}"].to(parameter.device)
        for key, value in tensors.items():
            section, _, rest = key.partition(".")
            if section == "optimiser":
                name, _, entry = rest.rpartition(".")
                self._optimiser.state[names[name]][entry] = _laid_out_like(names[name], value)

    def _batch(self) -> tuple[Tensor, Tensor]:
        # Every process draws the whole batch and keeps its share, so that their number changes nothing.
        inputs, labels = self._sampler.batch(self.recipe.run.batch)
        rank, world = self._fabric.global_rank, self._fabric.world_size
        mine = slice(rank, None, world)
        device = self._fabric.device
        return (
            torch.from_numpy(inputs[mine]).to(device, memory_format=torch.channels_last),
            torch.from_numpy(labels[mine]).to(device),
        )

    def _output(self, inputs: Tensor) -> Tensor:
        run = self.recipe.run
        rounded = run.precision == "bf16" and self.step < self.steps * (1 - run.exact_tail)
        context = (
            torch.autocast(self._fabric.device.type, torch.bfloat16) if rounded else contextlib.nullcontext()
        )
        with context:
            return self._forward(inputs).float()

    def _mean_of_all(self, values: Tensor) -> Tensor:
        # It is changed in place.
        return torch.as_tensor(self._fabric.all_reduce(values.clone(), reduce_op="mean"))

    def _counted(self, output: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The planes whose error counts in this step: all of them, but for pre-training."""
        section = self.recipe.optimiser
        if section.pretrain_planes and self.step < self.steps * section.pretrain_share:
            chosen = list(section.pretrain_planes)
            return output[:, chosen], labels[:, chosen]
        return output, labels

    def _steps_of(self, epochs: int) -> int:
        assert isinstance(self._sampler, OrderedSubimages)
        return -(-epochs * len(self._sampler) // self.recipe.run.batch)

    def _optimiser_state(self) -> dict[str, dict[str, Tensor]]:
        states: dict[str, dict[str, Tensor]] = {}
        for name, parameter in self._module.named_parameters():
            entries = self._optimiser.state.get(parameter, {})
            states[name] = {k: v for k, v in entries.items() if isinstance(v, Tensor)}
        return states


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    # A file holds no memory format, and fused optimisers walk parameter and state in step through memory.
    moved = value.to(parameter.device)
    return torch.empty_like(parameter).copy_(moved) if value.shape == parameter.shape else moved


def _same(stored: dict[str, Any], wanted: dict[str, Any], what: str, path: Path) -> None:
    if json.dumps(stored, sort_keys=True) == json.dumps(wanted, sort_keys=True):
        return
    keys = sorted(key for key in wanted if stored.get(key) != wanted[key])
    raise TrainingError(
        f"expected a checkpoint with {what} of this run, got {path}, which differs in {', '.join(keys)}; "
        "resume with what it was started with"
    )


class Ema:
    """Exponential moving average of a network's parameters, in fp32.

    Early on the decay is shortened to (1 + step) / (10 + step), so that the start is soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: p.detach().clone().float() for name, p in network.named_parameters()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Blend in the parameters after ``step`` steps."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, parameter in network.named_parameters():
            self.values[name].lerp_(parameter.float(), 1 - keep)

    @torch.no_grad()
    def copy_to(self, network: nn.Module) -> None:
        """Set a network's parameters to the average."""
        for name, parameter in network.named_parameters():
            parameter.copy_(self.values[name])
