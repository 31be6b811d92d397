r"""Reading: from the bytes of a file to rows of text fields under the contract's names (SPEC 1).

::

    source        bytes in order, of a path or of one version of an object, unpacked
      |
    blocks        the header's text | blocks of about 16 MB, each of whole records
      |                                |
    header        names to columns   block_parser   special_lines finds what is not plain
      |                                |        \
      |                              plain       special: quotes, no UTF-8, spaces at an edge, another width
      |                              Polars      parse: Polars where RFC 4180 holds, else Python's csv
      |                                |        /
    scan          rows in the file's order, with their numbers and lines, trimmed
"""
