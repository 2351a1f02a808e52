"""A and B from one product of 8-bit numbers in one compiled pass; import only where `can_compile` holds."""

from remanifold._core.compiled.functions import compiled


@compiled
def write(product, own, norms, steps, square, base, out):
    """See `eight_bit.write`: ``product`` (q, 1 + 3 draws, k) and ``own`` (q, 1 + 3 draws) are int32."""
    inverse = 1 / base
    for query in range(out.shape[0]):
        half, plain = 0.5 * own[query, 0], product[query, 0]
        for i in range(out.shape[2]):
            out[query, 0, i] = (half + norms[i] - plain[i]) * square
        for draw in range(out.shape[1] - 1):
            step, at = steps[query, draw], 1 + 3 * draw
            own_1, own_2, own_3 = own[query, at], own[query, at + 1], own[query, at + 2]
            first, second, third = product[query, at], product[query, at + 1], product[query, at + 2]
            for i in range(out.shape[2]):  # whole numbers first: 0 where rows are equal
                low = (own_2 - second[i]) + (own_3 - third[i]) * inverse
                out[query, 1 + draw, i] = ((own_1 - first[i]) + low * inverse) * step
