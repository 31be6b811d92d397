"""Whether a prepared data set is fit to publish: suites, the gate that runs them, the report."""
