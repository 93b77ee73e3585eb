import gc

# Nearly all of what a process loads stays, and nearly all of what a connection makes lives as long as it or is freed by
# its reference count. With Python's own thresholds (700, 10, 10), a fifth of a start and half of a rush of 3,000 claims
# went into looking through all of it for cycles.
gc.set_threshold(50_000, 20, 100)

from project.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
