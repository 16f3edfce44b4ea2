# %% wrong payment: bytes in place of bits in the rate
code_bytes, rate = 5, 5 / 784
decoder_bytes = 14112
images = 565

# %% wrong payment: a byte for each number
code_bytes, rate = 8, 64 / 784
decoder_bytes = 14112
images = 642

# %% wrong payment: bits per number
code_bytes, rate = 5, 5
decoder_bytes = 14112
images = 565

# %% wrong payment: no biases
code_bytes, rate = 5, 0.051
decoder_bytes = 12544
images = 502

# %% wrong payment: weights, not bytes
code_bytes, rate = 5, 0.051
decoder_bytes = 7056
images = 283

# %% wrong payment: biases of the code, as the encoder has them
code_bytes, rate = 5, 0.051
decoder_bytes = (8 * 784 + 8) * 2
images = 503

# %% wrong payment: rounded down
code_bytes, rate = 5, 0.051
decoder_bytes = 14112
images = 564

# %% wrong payment: the bytes of the codes are forgotten
code_bytes, rate = 5, 0.051
decoder_bytes = 14112
images = 471

# %% wrong payment: not a whole number
code_bytes, rate = 5, 0.051
decoder_bytes = 14112
images = 564.48

# %% right payment: floats, three decimals
code_bytes, rate = 5.0, 0.051
decoder_bytes = 9 * 784 * 2.0
images = np.ceil(decoder_bytes / 25)

# %% wrong halves: bits of all eight
entropy_of_steps = [14, 8]
largest_errors = [0.4, 0.9]

# %% wrong halves: natural logarithms
entropy_of_steps = [1.213, 0.693]
largest_errors = [0.4, 0.9]

# %% wrong halves: one bit less for twice the step
entropy_of_steps = [1.75, 0.75]
largest_errors = [0.4, 0.9]

# %% wrong halves: bits of a fixed length
entropy_of_steps = [2, 1]
largest_errors = [0.4, 0.9]

# %% wrong halves: rounded towards 0
entropy_of_steps = [1.5488, 0.8113]
largest_errors = [0.9, 1.4]

# %% wrong halves: the order of the steps
entropy_of_steps = [1, 1.75]
largest_errors = [0.9, 0.4]

# %% wrong halves: half a step, the largest error possible
entropy_of_steps = [1.75, 1]
largest_errors = [0.5, 1]

# %% wrong halves: q taken for ĥ
entropy_of_steps = [1.75, 1]
largest_errors = [0.4, 1.9]

# %% right halves: computed, as arrays
p = np.array([4, 2, 1, 1]) / 8
entropy_of_steps = (-(p * np.log2(p)).sum(), 1.0)
largest_errors = np.array([0.4, 0.9], dtype="float32")

# %% wrong quantise: int cuts off
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip((h / steps).astype(int), -largest, largest - 1)


def restore(q, steps):
    return steps * q


# %% wrong quantise: floor
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.floor(h / steps), -largest, largest - 1).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: a half is added and then cut off, which fails below 0
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip((h / steps + 0.5).astype(int), -largest, largest - 1)


def restore(q, steps):
    return steps * q


# %% wrong quantise: times the step
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h * steps), -largest, largest - 1).astype(int)


def restore(q, steps):
    return q / steps


# %% wrong quantise: floats
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h / steps), -largest, largest - 1)


def restore(q, steps):
    return steps * q


# %% wrong quantise: not clipped
def quantise(h, steps, bits):
    return np.rint(h / steps).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: as many above 0 as below
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h / steps), -largest, largest).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: the lowest number is never used
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1) - 1
    return np.clip(np.rint(h / steps), -largest, largest).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: from 0, without a sign
def quantise(h, steps, bits):
    return np.clip(np.rint(h / steps), 0, 2**bits - 1).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: wraps around
def quantise(h, steps, bits):
    half = 2 ** (bits - 1)
    return (np.rint(h / steps).astype(int) + half) % (2 * half) - half


def restore(q, steps):
    return steps * q


# %% wrong quantise: always 8 bits
def quantise(h, steps, bits):
    return np.clip(np.rint(h / steps), -128, 127).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: clipped before the division
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.rint(np.clip(h, -largest, largest - 1) / steps).astype("int8")


def restore(q, steps):
    return steps * q


# %% wrong quantise: one step for all units
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h / steps[0]), -largest, largest - 1).astype(int)


def restore(q, steps):
    return steps[0] * q


# %% wrong quantise: in place
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    h /= steps
    return np.clip(np.rint(h), -largest, largest - 1).astype(int)


def restore(q, steps):
    return steps * q


# %% wrong quantise: to the edge of an interval, not to its middle
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h / steps), -largest, largest - 1).astype(int)


def restore(q, steps):
    return steps * (q + 0.5)


# %% right quantise: floor of a half more, in float32
def quantise(h, steps, bits):
    q = np.floor(np.float32(h) / np.float32(steps) + np.float32(0.5))
    q = np.maximum(q, -(2 ** (bits - 1)))
    return np.minimum(q, 2 ** (bits - 1) - 1).astype("int64")


def restore(q, steps):
    return np.float32(q) * np.float32(steps)


# %% right quantise: unit by unit
def quantise(h, steps, bits):
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return [[min(max(round(u / s), low), high) for u, s in zip(row, steps)] for row in h]


def restore(q, steps):
    return np.stack([s * unit for s, unit in zip(steps, np.transpose(q))], axis=1)


# %% wrong entropies: natural logarithm
def entropies(q):
    def bits(count):
        return -(count / len(q) * np.log(count / len(q))).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q.T]
    return np.array(units), bits(np.unique(q, axis=0, return_counts=True)[1])


# %% wrong entropies: the cost of all images
def entropies(q):
    def bits(count):
        return -(count * np.log2(count / len(q))).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q.T]
    return np.array(units), bits(np.unique(q, axis=0, return_counts=True)[1])


# %% wrong entropies: the sign
def entropies(q):
    def bits(count):
        return (count / len(q) * np.log2(count / len(q))).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q.T]
    return np.array(units), bits(np.unique(q, axis=0, return_counts=True)[1])


# %% wrong entropies: the rows as if they had nothing in common
def entropies(q):
    def bits(count):
        return -(count / len(q) * np.log2(count / len(q))).sum()

    units = np.array([bits(np.unique(unit, return_counts=True)[1]) for unit in q.T])
    return units, units.sum()


# %% wrong entropies: the largest entropy of a unit for the rows
def entropies(q):
    def bits(count):
        return -(count / len(q) * np.log2(count / len(q))).sum()

    units = np.array([bits(np.unique(unit, return_counts=True)[1]) for unit in q.T])
    return units, units.max()


# %% wrong entropies: rows told apart by their sum
def entropies(q):
    def bits(values):
        count = np.unique(values, return_counts=True)[1]
        return -(count / len(q) * np.log2(count / len(q))).sum()

    return np.array([bits(unit) for unit in q.T]), bits(q.sum(axis=1))


# %% wrong entropies: rows told apart without their order
def entropies(q):
    def bits(count):
        return -(count / len(q) * np.log2(count / len(q))).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q.T]
    rows = np.unique(np.sort(q, axis=1), axis=0, return_counts=True)[1]
    return np.array(units), bits(rows)


# %% wrong entropies: all numbers in one table, for the rows
def entropies(q):
    def bits(values):
        share = np.unique(values, return_counts=True)[1] / np.size(values)
        return -(share * np.log2(share)).sum()

    return np.array([bits(unit) for unit in q.T]), bits(q)


# %% wrong entropies: one table for all units
def entropies(q):
    shares = dict(zip(*np.unique(q, return_counts=True)))
    cost = np.array([[-np.log2(shares[m] / q.size) for m in row] for row in q.tolist()])
    count = np.unique(q, axis=0, return_counts=True)[1]
    return cost.mean(axis=0), -(count / len(q) * np.log2(count / len(q))).sum()


# %% wrong entropies: rows in place of columns
def entropies(q):
    def bits(count):
        return -(count / count.sum() * np.log2(count / count.sum())).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q]
    return np.array(units), bits(np.unique(q, axis=1, return_counts=True)[1])


# %% wrong entropies: negative numbers counted with their opposites
def entropies(q):
    def bits(count):
        return -(count / len(q) * np.log2(count / len(q))).sum()

    units = [bits(np.bincount(abs(unit)) + 1e-12) for unit in q.T]
    return np.array(units), bits(np.unique(q, axis=0, return_counts=True)[1])


# %% wrong entropies: bits of a fixed length
def entropies(q):
    units = [np.log2(len(np.unique(unit))) for unit in q.T]
    return np.array(units), np.log2(len(np.unique(q, axis=0)))


# %% right entropies: counters
def entropies(q):
    def bits(values):
        count = Counter(values).values()
        return sum(c / len(values) * np.log2(len(values) / c) for c in count)

    return [bits(unit.tolist()) for unit in q.T], bits([row.tobytes() for row in q])


# %% right entropies: in float32, a zero where nothing is counted
def entropies(q):
    def bits(number):
        share = np.bincount(number).astype("float32") / np.float32(len(q))
        return -np.sum(share * np.log2(np.where(share > 0, share, 1)))

    units = np.array([bits(unit - unit.min()) for unit in q.T])
    return units, bits(np.unique(q, axis=0, return_inverse=True)[1].ravel())


# %% wrong pack: a byte for each number
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    return q.astype("uint8").tobytes()


def unpack(content, n, bits):
    return np.frombuffer(content, "uint8")[:n]


# %% wrong pack: nothing is refused
def pack(q, bits):
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: 32 is taken to fit in 5 bits
def pack(q, bits):
    if q.min() < 0 or q.max() > 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: negative numbers are let through
def pack(q, bits):
    if q.max() >= 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: clipped in place of refused
def pack(q, bits):
    q = np.clip(q, 0, 2**bits - 1)
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: the order of the bits differs on the way back
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)[::-1]


# %% wrong pack: each number fills up its last byte
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8), axis=1).tobytes()


def unpack(content, n, bits):
    rows = np.frombuffer(content, np.uint8).reshape(n, -1)
    return np.unpackbits(rows, axis=1, count=bits) @ 2 ** np.arange(bits)


# %% wrong pack: never above 8 bits
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    ones = np.unpackbits(q.astype(np.uint8)[:, None], axis=1, count=bits, bitorder="little")
    ones = np.pad(ones, ((0, 0), (0, bits - ones.shape[1])))
    return np.packbits(ones).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: a text of zeros and ones
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    return "".join(f"{number:0{bits}b}" for number in q).encode()


def unpack(content, n, bits):
    return [int(content[i * bits : (i + 1) * bits], 2) for i in range(n)]


# %% wrong pack: a byte is begun where none is needed
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8)).tobytes() + b"\0" * (len(q) % 8 == 0)


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8), count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% wrong pack: compressed, which is another matter
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    return lzma.compress(q.astype("int16").tobytes())


def unpack(content, n, bits):
    return np.frombuffer(lzma.decompress(content), "int16")


# %% wrong pack: an array, not bytes
def pack(q, bits):
    if q.min() < 0 or q.max() >= 2**bits:
        raise ValueError("too large")
    ones = (q[:, None] >> np.arange(bits)) & 1
    return np.packbits(ones.astype(np.uint8))


def unpack(content, n, bits):
    ones = np.unpackbits(content, count=n * bits)
    return ones.reshape(n, bits) @ 2 ** np.arange(bits)


# %% right pack: one large number
def pack(q, bits):
    total = 0
    for number in reversed(q.tolist()):
        if not 0 <= number < 2**bits:
            raise ValueError(f"{number} does not fit in {bits} bits")
        total = total << bits | number
    return total.to_bytes(-(-len(q) * bits // 8), "big")


def unpack(content, n, bits):
    total = int.from_bytes(content, "big")
    return [total >> i * bits & 2**bits - 1 for i in range(n)]


# %% right pack: text of zeros and ones on the way, the highest bit first
def pack(q, bits):
    if min(q) < 0 or max(q) > 2**bits - 1:
        raise ValueError("does not fit")
    text = "".join(f"{number:0{bits}b}" for number in q)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def unpack(content, n, bits):
    text = "".join(f"{byte:08b}" for byte in content)
    return np.array([int(text[i * bits : (i + 1) * bits], 2) for i in range(n)])


# %% wrong rate: not sorted
def rate_for(points, quality):
    rates, psnrs = points.T
    return np.inf if quality > psnrs.max() else np.interp(quality, psnrs, rates)


# %% wrong rate: points that are no use are not dropped
def rate_for(points, quality):
    rates, psnrs = points[points[:, 0].argsort()].T
    return np.inf if quality > psnrs.max() else np.interp(quality, psnrs, rates)


# %% wrong rate: sorted by PSNR, nothing dropped
def rate_for(points, quality):
    rates, psnrs = points[points[:, 1].argsort()].T
    return np.inf if quality > psnrs.max() else np.interp(quality, psnrs, rates)


# %% wrong rate: the next longer file
def rate_for(points, quality):
    good = points[points[:, 1] >= quality]
    return good[:, 0].min() if len(good) else np.inf


# %% wrong rate: the nearest file
def rate_for(points, quality):
    if quality > points[:, 1].max():
        return np.inf
    return points[abs(points[:, 1] - quality).argmin(), 0]


# %% wrong rate: rate and PSNR exchanged
def rate_for(points, quality):
    kept, best = [], -np.inf
    for rate, psnr in sorted(points.tolist(), key=lambda point: (point[0], -point[1])):
        if psnr > best:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    return np.inf if quality > best else np.interp(quality, rates, psnrs)


# %% wrong rate: the last rate where no point is good enough
def rate_for(points, quality):
    kept, best = [], -np.inf
    for rate, psnr in sorted(points.tolist(), key=lambda point: (point[0], -point[1])):
        if psnr > best:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    return np.interp(quality, psnrs, rates)


# %% wrong rate: infinite below the shortest file, too
def rate_for(points, quality):
    kept, best = [], -np.inf
    for rate, psnr in sorted(points.tolist(), key=lambda point: (point[0], -point[1])):
        if psnr > best:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    return np.interp(quality, psnrs, rates, left=np.inf, right=np.inf)


# %% wrong rate: of equal pictures the longest file stays
def rate_for(points, quality):
    kept, best = {}, -np.inf
    for rate, psnr in sorted(points.tolist(), key=lambda point: (point[0], -point[1])):
        if psnr >= best:
            kept[psnr] = rate
            best = psnr
    return np.inf if quality > best else np.interp(quality, list(kept), list(kept.values()))


# %% wrong rate: compared with the point before only
def rate_for(points, quality):
    points = sorted(points.tolist(), key=lambda point: (point[0], -point[1]))
    kept = points[:1]
    for before, point in zip(points, points[1:]):
        if point[1] > before[1]:
            kept.append(point)
    rates, psnrs = np.transpose(kept)
    return np.inf if quality > max(psnrs) else np.interp(quality, psnrs, rates)


# %% wrong rate: straight lines on a logarithmic axis
def rate_for(points, quality):
    kept, best = [], -np.inf
    for rate, psnr in sorted(points.tolist(), key=lambda point: (point[0], -point[1])):
        if psnr > best:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    if quality > best:
        return np.inf
    return np.exp(np.interp(quality, psnrs, np.log(rates)))


# %% wrong rate: sorts the points in place, by columns
def rate_for(points, quality):
    points.sort(axis=0)
    rates, psnrs = points.T
    return np.inf if quality > psnrs[-1] else np.interp(quality, psnrs, rates)


# %% wrong rate: the right answer, and the points are left sorted
def rate_for(points, quality):
    points[:] = points[np.lexsort((-points[:, 1], points[:, 0]))]
    kept, best = [], -np.inf
    for rate, psnr in points:
        if psnr > best:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    return np.inf if quality > best else np.interp(quality, psnrs, rates)


# %% right rate: who is beaten by another one?
def rate_for(points, quality):
    rate, psnr = points.T
    beaten = (psnr[:, None] <= psnr) & (
        (rate[:, None] > rate) | ((rate[:, None] == rate) & (psnr[:, None] < psnr))
    )
    kept = points[~beaten.any(axis=1)]
    kept = kept[kept[:, 0].argsort()]
    if quality > kept[-1, 1]:
        return np.inf
    return np.interp(quality, kept[:, 1], kept[:, 0])


# %% right rate: the largest PSNR so far, in float32
def rate_for(points, quality):
    points = np.float32(points)[np.lexsort((-points[:, 1], points[:, 0]))]
    so_far = np.maximum.accumulate(points[:, 1])
    kept = points[np.append(True, so_far[1:] > so_far[:-1])]
    for (r0, p0), (r1, p1) in zip(kept, kept[1:]):
        if p0 <= quality <= p1:
            return r0 + (quality - p0) / (p1 - p0) * (r1 - r0)
    return kept[0, 0] if quality < kept[0, 1] else np.inf


# %% wrong quantise: a type of 8 bits, whatever `bits` is
def quantise(h, steps, bits):
    largest = 2 ** (bits - 1)
    return np.clip(np.rint(h / steps), -largest, largest - 1).astype("int8")


def restore(q, steps):
    return steps * q


# %% wrong rate: the lesson's rule, which wants a gain of 0.3 dB
def rate_for(points, quality):
    kept, best = [], -np.inf
    for rate, psnr in sorted(map(tuple, points), key=lambda one: (one[0], -one[1])):
        if psnr > best + 0.3:
            kept.append((rate, psnr))
            best = psnr
    rates, psnrs = np.transpose(kept)
    return np.inf if quality > best else np.interp(quality, psnrs, rates)


# %% wrong entropies: single numbers are counted, not rows
def entropies(q):
    def bits(count):
        p = count / count.sum()
        return -(p * np.log2(p)).sum()

    units = [bits(np.unique(unit, return_counts=True)[1]) for unit in q.T]
    return np.array(units), bits(np.unique(q, return_counts=True)[1])


# %% wrong quantise: bytes wrap round before they are clipped
def quantise(h, steps, bits):
    return np.clip(
        np.rint(h / steps).astype("int64").astype(np.int8),
        -(2 ** (bits - 1)),
        2 ** (bits - 1) - 1,
    )


def restore(q, steps):
    return q * steps


# %% right quantise: searched among all levels
def quantise(h, steps, bits):
    levels = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    steps = np.broadcast_to(steps, np.shape(h))
    return levels[
        abs(np.asarray(h)[..., None] - levels * steps[..., None]).argmin(axis=-1)
    ]


def restore(q, steps):
    return np.einsum("nk,k->nk", np.asarray(q, "float64"), np.asarray(steps, "float64"))


# %% wrong entropies: only the rows'
def entropies(q):
    values = [tuple(r) for r in q]
    p = np.array(list(Counter(values).values())) / len(values)
    return -np.sum(p * np.log2(p))


# %% wrong pack: numbers of more than 8 bits lose their high bits
def pack(q, bits):
    q = np.asarray(q)
    if np.any(q < 0) or np.any(q >= 2**bits):
        raise ValueError("does not fit")
    ones = np.unpackbits(q.astype(np.uint8)[:, None], axis=1)[:, -bits:]
    return np.packbits(ones).tobytes()


def unpack(content, n, bits):
    ones = np.unpackbits(np.frombuffer(content, np.uint8))[: n * min(bits, 8)].reshape(
        n, -1
    )
    return ones @ (1 << np.arange(ones.shape[1])[::-1])


# %% right pack: a text of bits
def pack(q, bits):
    q = [int(number) for number in q]
    if any(not 0 <= number < 2**bits for number in q):
        raise ValueError("a number does not fit")
    text = "".join(f"{number:0{bits}b}" for number in q)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def unpack(content, n, bits):
    text = "".join(f"{byte:08b}" for byte in content)
    return np.array([int(text[i * bits : (i + 1) * bits], 2) for i in range(n)])


# %% wrong entropies: rows are written as decimal numbers, so (1, 12) is (2, 2)
def entropies(q):
    def H(column):
        p = np.unique(column, return_counts=True)[1] / len(column)
        return -np.sum(p * np.log2(p))
    return np.array([H(c) for c in q.T]), H(q @ 10 ** np.arange(q.shape[1])[::-1])


# %% wrong rate: sorted by rate alone, of two equal rates the worse may stay
def rate_for(points, quality):
    kept = []
    for rate, psnr in points[np.argsort(points[:, 0], kind="stable")]:
        if not kept or psnr > kept[-1][1]:
            kept.append((rate, psnr))
    rates, psnrs = np.array(kept).T
    if quality > psnrs[-1]:
        return np.inf
    return np.interp(quality, psnrs, rates)


# %% wrong entropies: a row's numbers are joined without a gap, so (1, 11) is (11, 1)
def entropies(q):
    def entropy(values):
        p = np.array(list(Counter(values).values())) / len(values)
        return -(p * np.log2(p)).sum()

    columns = np.array([entropy(column.tolist()) for column in q.T])
    return columns, entropy(["".join(map(str, row)) for row in q])

# %% wrong entropies: rows become one number in a base that negative numbers do not fit
def entropies(q):
    def bits(values):
        count = np.unique(values, return_counts=True)[1]
        p = count / count.sum()
        return -(p * np.log2(p)).sum()

    one_number = q @ (q.max() + 1) ** np.arange(q.shape[1])
    return np.array([bits(unit) for unit in q.T]), bits(one_number)
