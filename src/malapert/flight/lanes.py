"""Four numbers at a time: a numba type that is one vector register, for kernels the compiler does not see through.

Inside compiled code only: `load`, `store`, `repeat`, `spread`, `lanes`, `lane` and `total` with +, - and *. LLVM turns
the vectors into what the processor has (AVX, two halves on SSE2 or NEON), a product with a sum into one instruction.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

WIDTH: Final = 4
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_FAST = ("contract", "nsz")


class LanesType(types.Type):
    """The numba type of WIDTH float64 lanes."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes_type = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _VECTOR)  # type: ignore[no-untyped-call]


def _arithmetic(operation: Any, instruction: str) -> None:
    @type_callable(operation)
    def typed(context: Any) -> Any:
        return lambda a, b: lanes_type if a == b == lanes_type else None

    def lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments, flags=_FAST)

    lower_builtin(operation, LanesType, LanesType)(lowered)  # type: ignore[no-untyped-call]


for _operation, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _arithmetic(_operation, _instruction)


def _load(typing_context: Any, array: Any, first: Any) -> Any:
    """Lanes from WIDTH neighbours of a contiguous float64 array, from element first on; nothing is checked."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        return builder.load(place, align=8)

    return lanes_type(array, types.intp), generate


def _store(typing_context: Any, array: Any, first: Any, value: Any) -> Any:
    """Write the lanes to WIDTH neighbours of a contiguous float64 array, from element first on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        builder.store(arguments[2], place, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes_type), generate


def _in_all(builder: Any, value: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, cgutils.int32_t(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)


def _spread(typing_context: Any, value: Any) -> Any:
    """The same number in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _in_all(builder, arguments[0])

    return lanes_type(types.float64), generate


def _repeat(typing_context: Any, array: Any, place: Any) -> Any:
    """One number of a contiguous float64 array, counted along its rows, in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _in_all(builder, builder.load(builder.gep(data, [arguments[1]])))

    return lanes_type(array, types.intp), generate


def _lanes(typing_context: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Four numbers side by side."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out = ir.Constant(_VECTOR, ir.Undefined)
        for place, value in enumerate(arguments):
            out = builder.insert_element(out, value, cgutils.int32_t(place))
        return out

    return lanes_type(*[types.float64] * 4), generate


def _total(typing_context: Any, a: Any) -> Any:
    """Sum of the lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one, two, three, four = (builder.extract_element(arguments[0], cgutils.int32_t(k)) for k in range(WIDTH))
        return builder.fadd(builder.fadd(one, two), builder.fadd(three, four))

    return types.float64(lanes_type), generate


def _lane(typing_context: Any, a: Any, place: Any) -> Any:
    """One of the lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(arguments[0], builder.trunc(arguments[1], ir.IntType(32)))

    return types.float64(lanes_type, types.intp), generate


load: Callable[..., Any] = intrinsic(_load)
store: Callable[..., Any] = intrinsic(_store)
repeat: Callable[..., Any] = intrinsic(_repeat)
spread: Callable[..., Any] = intrinsic(_spread)
lanes: Callable[..., Any] = intrinsic(_lanes)
lane: Callable[..., Any] = intrinsic(_lane)
total: Callable[..., Any] = intrinsic(_total)
