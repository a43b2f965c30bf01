"""Loops over edges of a convolution, compiled for this processor in each process when they are first called: 1.5 s.

Channels are innermost and come in blocks of fixed length, so that they fill the processor's vector registers. What one
edge needs lies in its nearest cache. A row of `paths` says where a path's numbers are (see `Path` in
`screening.potentials.convolution`).
"""

from typing import Any

import numba
import numpy as np

#: Channels of a block. Every number of channels is a multiple of it.
BLOCK = 32


# Several may run at once (nogil). Sums may be reordered into vectors, but numbers that are none stay so (fastmath).
# Nothing is kept on disk (numba's cache=True): a file that was cut off or is another's, or a full disk, ends the run.
# After a full disk the cache gives an earlier release's code; two kinds of processors that begin at once get mixed up.
_compiled: Any = numba.njit(nogil=True, fastmath={"reassoc", "contract", "nsz"})


def _messages(nodes, couplings, weights, source, target, paths, out):  # type: ignore[no-untyped-def]
    """Add to out[target]: weights * sum over i of nodes[source, i] * couplings[i, k]."""
    sums = np.empty(BLOCK, nodes.dtype)
    for edge in range(len(source)):
        node, coupling, weight, summed = nodes[source[edge]], couplings[edge], weights[edge], out[target[edge]]
        for path in range(len(paths)):
            of_node, of_out, of_coupling, of_weight, channels, n_in, n_out = paths[path]
            for block in range(0, channels, BLOCK):
                w = weight[of_weight + block : of_weight + block + BLOCK]
                for k in range(n_out):
                    for u in range(BLOCK):
                        sums[u] = 0.0
                    for i in range(n_in):
                        c = coupling[of_coupling + i * n_out + k]
                        x = node[of_node + i * channels + block : of_node + i * channels + block + BLOCK]
                        for u in range(BLOCK):
                            sums[u] += c * x[u]
                    y = summed[of_out + k * channels + block : of_out + k * channels + block + BLOCK]
                    for u in range(BLOCK):
                        y[u] += w[u] * sums[u]


def _gradients(nodes, couplings, weights, source, target, paths, slopes, of_nodes, of_couplings, of_weights):  # type: ignore[no-untyped-def]
    """Add to the last three what `slopes` with respect to `out` means for nodes, couplings and weights."""
    sums, weighed = np.empty(BLOCK, nodes.dtype), np.empty(BLOCK, nodes.dtype)
    for edge in range(len(source)):
        node, coupling, weight, slope = nodes[source[edge]], couplings[edge], weights[edge], slopes[target[edge]]
        to_node, to_coupling, to_weight = of_nodes[source[edge]], of_couplings[edge], of_weights[edge]
        for path in range(len(paths)):
            of_node, of_out, of_coupling, of_weight, channels, n_in, n_out = paths[path]
            for block in range(0, channels, BLOCK):
                w = weight[of_weight + block : of_weight + block + BLOCK]
                to_w = to_weight[of_weight + block : of_weight + block + BLOCK]
                for k in range(n_out):
                    y = slope[of_out + k * channels + block : of_out + k * channels + block + BLOCK]
                    for u in range(BLOCK):
                        weighed[u] = w[u] * y[u]
                        sums[u] = 0.0
                    for i in range(n_in):
                        c = coupling[of_coupling + i * n_out + k]
                        x = node[of_node + i * channels + block : of_node + i * channels + block + BLOCK]
                        to_x = to_node[of_node + i * channels + block : of_node + i * channels + block + BLOCK]
                        total = nodes.dtype.type(0.0)
                        for u in range(BLOCK):
                            sums[u] += c * x[u]
                            to_x[u] += c * weighed[u]
                            total += x[u] * weighed[u]
                        to_coupling[of_coupling + i * n_out + k] += total
                    for u in range(BLOCK):
                        to_w[u] += sums[u] * y[u]


messages = _compiled(_messages)
gradients = _compiled(_gradients)
