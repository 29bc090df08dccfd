"""Inner products of six rows with 32 columns at a time, of rows of length 1 in 16-bit whole numbers.

Two products of 16 bits and their sum are one instruction on most processors, with four times as many numbers at a time
as in products of float32, and the sums are exact: they depend on no order. The compiler finds that instruction in
vectors, not in loops, so that what is innermost is written in the compiler's language, for no particular processor. A
product is `SCALE` squared times the cosine, and off by less than `slack`. Without compiling, plain functions take its
place. Cached kernels that use these do not notice when this file changes: change theirs too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

#: Rows and columns multiplied at once, and what a row of length 1 is multiplied with to become whole numbers: no sum of
#: products then leaves 32 bits.
ROWS, LANES, SCALE = 6, 32, 32767
#: Which of 32 bits is the only one that is set, by the highest bits of its product with a number whose every five bits
#: differ: PLACE[(bit * HASH & BITS) >> 27].
HASH, BITS = np.uint64(0x077CB531), np.uint64(0xFFFFFFFF)
PLACE = np.zeros(LANES, np.uint8)
PLACE[[(0x077CB531 << k & 0xFFFFFFFF) >> 27 for k in range(LANES)]] = range(LANES)
#: Numbers of 32 bits to a register of 512, and to a line of the cache.
_HALF = LANES // 2
_LONG, _WHOLE, _SHORT = ir.IntType(64), ir.IntType(32), ir.IntType(16)
_MANY, _SHORTS, _WIDE = (ir.VectorType(of, n) for of, n in ((_WHOLE, _HALF), (_SHORT, LANES), (_WHOLE, LANES)))


def slack(width: int) -> float:
    """How far the product of rounded rows of so many numbers may be off, as a cosine."""
    return math.sqrt(width) / SCALE + 1e-6


def at_least(cosine: float, width: int) -> np.int32:
    """What the product of rounded rows reaches wherever that of the rows reaches this cosine."""
    return np.int32(math.floor((cosine - slack(width)) * SCALE**2))


def products(q: NDArray[np.int32], first: int, tile: NDArray[np.int16], begin: int, out: NDArray[np.int32]) -> None:
    """out[32 i + j] = q[first + i] . column j of a tile, for six rows: what those below compute, in plain Python.

    Args:
        q: int32[r, w / 2]: rows of w 16-bit numbers, seen as pairs of them.
        first: of six rows.
        tile: int16: a pair of numbers of each of 32 columns, then the next pairs.
        begin: where the tile begins, in numbers.
        out: int32[192], out.
    """
    rows = q[first : first + ROWS].view(np.int16).astype(np.int64).reshape(ROWS, -1, 2)
    columns = tile[begin : begin + rows.shape[1] * 2 * LANES].astype(np.int64).reshape(-1, LANES, 2)
    out[:] = np.einsum("rkp,kcp->rc", rows, columns).ravel()


def reaching(
    q: NDArray[np.int32], first: int, tile: NDArray[np.int16], begin: int, least: int, out: NDArray[np.uint32]
) -> None:
    """Bit j of out[i] tells whether the product of `products` reaches the least.

    Args:
        q: as for `products`.
        first: as for `products`.
        tile: as for `products`.
        begin: as for `products`.
        least: int32.
        out: uint32[6], out.
    """
    found = np.empty(ROWS * LANES, np.int32)
    products(q, first, tile, begin, found)
    out[:] = np.packbits(found >= least, bitorder="little").view(np.uint32)


def ahead(rows: NDArray[np.float32], row: int) -> None:
    """Have a row brought near that will be read soon: rows lie anywhere in memory."""


def raising(
    q: NDArray[np.int32],
    first: int,
    tile: NDArray[np.int16],
    begin: int,
    out: NDArray[np.int32],
    place: int,
    best: NDArray[np.int32],
    at: int,
) -> None:
    """`products`, into out[place:], which raise what is lower of best[at:]: of six rows, 32 columns each.

    Args:
        q: as for `products`.
        first: as for `products`.
        tile: as for `products`.
        begin: as for `products`.
        out: int32, out.
        place: where in `out` the 192 products go.
        best: int32, in and out.
        at: where in `best` the 192 begin that these are compared with.
    """
    found = out[place : place + ROWS * LANES]
    products(q, first, tile, begin, found)
    lanes = best[at : at + ROWS * LANES]
    lanes[:] = np.maximum(lanes, found)


def among(out: NDArray[np.int32], place: int, least: NDArray[np.int32], at: int, bits: NDArray[np.uint32]) -> None:
    """Bit j of bits[i] tells whether out[place + 32 i + j] is at least least[at + i], for six rows.

    Args:
        out: int32, products.
        place: of the first of 192.
        least: int32.
        at: of the first of six.
        bits: uint32[6], out.
    """
    found = out[place : place + ROWS * LANES].reshape(ROWS, LANES) >= least[at : at + ROWS, None]
    bits[:] = np.packbits(found, axis=1, bitorder="little").view(np.uint32)[:, 0]


@overload(raising)
def _raising(q, first, tile, begin, out, place, best, at):  # type: ignore[no-untyped-def]
    def run(q, first, tile, begin, out, place, best, at):  # type: ignore[no-untyped-def]
        _written_raising(q, np.int64(first), tile, np.int64(begin), out, np.int64(place), best, np.int64(at))  # type: ignore[call-arg]

    return run


@overload(among)
def _among(out, place, least, at, bits):  # type: ignore[no-untyped-def]
    def run(out, place, least, at, bits):  # type: ignore[no-untyped-def]
        _written_among(out, np.int64(place), least, np.int64(at), bits)  # type: ignore[call-arg]

    return run


@overload(reaching)
def _reaching(q, first, tile, begin, least, out):  # type: ignore[no-untyped-def]
    def run(q, first, tile, begin, least, out):  # type: ignore[no-untyped-def]
        _written_reaching(q, np.int64(first), tile, np.int64(begin), np.int32(least), out)  # type: ignore[call-arg]

    return run


@overload(ahead)
def _ahead(rows, row):  # type: ignore[no-untyped-def]
    def run(rows, row):  # type: ignore[no-untyped-def]
        _written_ahead(rows, np.int64(row))  # type: ignore[call-arg]

    return run


@intrinsic
def _written_reaching(context: Any, q: Any, first: Any, tile: Any, begin: Any, least: Any, out: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        least, base = _all(builder, given[4]), _base(context, builder, signature, given, 5)
        for k, total in enumerate(_sums(context, builder, signature, given)):
            bits = builder.bitcast(builder.icmp_signed(">=", total, least), _SHORT)
            builder.store(bits, _at(builder, base, _number(2 * k), _SHORT), 2)
        return context.get_dummy_value()

    return types.void(q, first, tile, begin, least, out), write


@intrinsic
def _written_raising(
    context: Any, q: Any, first: Any, tile: Any, begin: Any, out: Any, place: Any, best: Any, at: Any
) -> Any:
    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        found, best = (
            builder.add(_base(context, builder, signature, given, k), builder.mul(given[k + 1], _number(4)))
            for k in (4, 6)
        )
        for k, total in enumerate(_sums(context, builder, signature, given)):
            builder.store(total, _at(builder, found, _number(64 * k), _MANY), 4)
            to = _at(builder, best, _number(64 * k), _MANY)
            before = builder.load(to, align=4)
            builder.store(builder.select(builder.icmp_signed(">", total, before), total, before), to, 4)
        return context.get_dummy_value()

    return types.void(q, first, tile, begin, out, place, best, at), write


@intrinsic
def _written_among(context: Any, out: Any, place: Any, least: Any, at: Any, bits: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        found, lowest = (
            builder.add(_base(context, builder, signature, given, k), builder.mul(given[k + 1], _number(4)))
            for k in (0, 2)
        )
        to = _base(context, builder, signature, given, 4)
        for k in range(2 * ROWS):
            these = builder.load(_at(builder, found, _number(64 * k), _MANY), align=4)
            if k % 2 == 0:
                least = _all(builder, builder.load(_at(builder, lowest, _number(2 * k), _WHOLE), align=4))
            reached = builder.bitcast(builder.icmp_signed(">=", these, least), _SHORT)
            builder.store(reached, _at(builder, to, _number(2 * k), _SHORT), 2)
        return context.get_dummy_value()

    return types.void(out, place, least, at, bits), write


@intrinsic
def _written_ahead(context: Any, rows: Any, row: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [ir.IntType(8).as_pointer()],
            ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()] + [_WHOLE] * 3),
        )
        array = context.make_array(signature.args[0])(context, builder, given[0])
        place = builder.mul(given[1], builder.extract_value(array.strides, 0))
        base = builder.ptrtoint(array.data, _LONG)
        for line in range(4):
            to = _at(builder, base, builder.add(place, _number(64 * line)), ir.IntType(8))
            builder.call(fetch, [to, *(ir.Constant(_WHOLE, k) for k in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(rows, row), write


def _number(value: int) -> Any:
    return ir.Constant(_LONG, value)


def _base(context: Any, builder: Any, signature: Any, given: Any, which: int) -> Any:
    """Where the values of an array given begin."""
    return builder.ptrtoint(context.make_array(signature.args[which])(context, builder, given[which]).data, _LONG)


def _at(builder: Any, base: Any, offset: Any, kind: Any) -> Any:
    return builder.inttoptr(builder.add(base, offset), kind.as_pointer())


def _all(builder: Any, value: Any) -> Any:
    """A vector of one number."""
    none = ir.Constant(_MANY, ir.Undefined)
    one = builder.insert_element(none, value, ir.Constant(_WHOLE, 0))
    return builder.shuffle_vector(one, none, ir.Constant(_MANY, [0] * _HALF))


def _sums(context: Any, builder: Any, signature: Any, given: Any) -> list[Any]:
    """The products of six rows with two halves of a tile, kept in registers for all the numbers of a row."""
    q, tile = (_base(context, builder, signature, given, k) for k in (0, 2))
    rows = context.make_array(signature.args[0])(context, builder, given[0])
    pairs = builder.extract_value(rows.shape, 1)
    q = builder.add(q, builder.mul(builder.mul(given[1], pairs), _number(4)))
    tile = builder.add(tile, builder.mul(given[3], _number(2)))
    before = builder.block
    head, body, done = (builder.append_basic_block(name) for name in ("products", "products.more", "products.done"))
    builder.branch(head)
    builder.position_at_end(head)
    pair = builder.phi(_LONG)
    pair.add_incoming(_number(0), before)
    sums = [builder.phi(_MANY) for _ in range(2 * ROWS)]
    builder.cbranch(builder.icmp_signed("<", pair, pairs), body, done)
    builder.position_at_end(body)
    columns = []
    for side in range(2):
        place = builder.add(builder.mul(pair, _number(4 * LANES)), _number(side * 2 * LANES))
        columns.append(builder.sext(builder.load(_at(builder, tile, place, _SHORTS), align=2), _WIDE))
    for i in range(ROWS):
        place = builder.mul(builder.add(builder.mul(pairs, _number(i)), pair), _number(4))
        one = _all(builder, builder.load(_at(builder, q, place, _WHOLE), align=2))
        one = builder.sext(builder.bitcast(one, _SHORTS), _WIDE)
        for total, column in zip(sums[2 * i : 2 * i + 2], columns, strict=True):
            both = builder.mul(one, column)
            halves = (ir.Constant(_MANY, [2 * k + last for k in range(_HALF)]) for last in range(2))
            even, odd = (builder.shuffle_vector(both, ir.Constant(_WIDE, ir.Undefined), half) for half in halves)
            total.add_incoming(ir.Constant(_MANY, [0] * _HALF), before)
            total.add_incoming(builder.add(total, builder.add(even, odd)), body)
    pair.add_incoming(builder.add(pair, _number(1)), body)
    builder.branch(head)
    builder.position_at_end(done)
    return sums
