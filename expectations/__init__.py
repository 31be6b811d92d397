"""Whether a prepared data set is fit to leave: suites, the gate that runs them, the report."""
