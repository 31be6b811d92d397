"""What steps and workers share: environment, clients, payloads, storage, observability. Free of Polars."""
