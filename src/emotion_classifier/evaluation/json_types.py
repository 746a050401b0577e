"""Numbers and arrays as report.json holds them: unrounded, null where a number is not defined."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import PlainSerializer


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _numbers(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [_number(value) for value in values]


Number: TypeAlias = Annotated[float, PlainSerializer(_number)]
Numbers: TypeAlias = Annotated[npt.NDArray[np.float64], PlainSerializer(_numbers)]
Integers: TypeAlias = Annotated[
    npt.NDArray[np.int64], PlainSerializer(np.ndarray.tolist, return_type=list[int])
]
IntegerRows: TypeAlias = Annotated[
    npt.NDArray[np.int64], PlainSerializer(np.ndarray.tolist, return_type=list[list[int]])
]
