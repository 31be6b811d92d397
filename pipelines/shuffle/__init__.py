"""Moving rows: a hash shuffle on local disk, from the order of the file to one fan after the other.

Rows wait as they are read (`staged`). Those that share their fan with another go on into buckets by the hash
of the fan's identifier (`buckets`), each small enough to sort in memory, and are merged there.
"""
