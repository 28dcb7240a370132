import pytest

pytest.importorskip("pyarrow", reason="a corpus needs the cluster extra")
pytest.importorskip("fsspec", reason="a corpus needs the cluster extra")

from corpus_fixtures import bucket, bucket_server, corpus, here, ray_here, small_weights

__all__ = ["bucket", "bucket_server", "corpus", "here", "ray_here", "small_weights"]
