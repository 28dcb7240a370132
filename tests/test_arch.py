import pytest

from srcnn.arch import Architecture, Layer, parse_architecture
from srcnn.errors import UsageError


def test_the_papers_networks() -> None:
    # Parameters and multiply-accumulates as published: 8,032 weights of 9-1-5 and 57,184 of 9-5-5 (Dong et
    # al. 2016, section 4.3.2 and table 1), 52.7 G for 9-5-5 at 1280x720.
    small, large = parse_architecture("9-1-5"), parse_architecture("9-5-5")
    assert small.macs_per_pixel == 8032
    assert large.macs_per_pixel == 57184
    assert large.parameters == 57184 + 64 + 32 + 1
    assert round(large.macs_per_pixel * 1280 * 720 / 1e9, 1) == 52.7
    assert (small.halo, large.halo) == (6, 8)
    assert large.weight_shapes == ((64, 1, 9, 9), (32, 64, 5, 5), (1, 32, 5, 5))
    assert (large.name, large.widths) == ("9-5-5", (64, 32))


def test_channels_and_borders() -> None:
    colour = parse_architecture("9-3-5", widths=(8, 4), channels=3, border="replicate")
    assert colour.weight_shapes == ((8, 3, 9, 9), (4, 8, 3, 3), (3, 4, 5, 5))
    assert {layer.border for layer in colour.layers} == {"replicate"}


@pytest.mark.parametrize("name", ["", "9", "9-", "9 5 5", "9-5-5-x3", "9-4-5", "9-5-5\n"])
def test_names_that_are_no_network(name: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        parse_architecture(name)


@pytest.mark.parametrize(
    ("kernel", "width", "border"), [(0, 1, "valid"), (4, 1, "valid"), (3, 0, "valid"), (3, 1, "x")]
)
def test_layers_that_cannot_be(kernel: int, width: int, border: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        Layer(kernel, width, border)  # pyright: ignore[reportArgumentType]


def test_the_last_layer_returns_the_channels() -> None:
    with pytest.raises(UsageError, match="last layer"):
        Architecture((Layer(3, 2),), channels=1)
    with pytest.raises(UsageError, match="at least one layer"):
        Architecture(())
