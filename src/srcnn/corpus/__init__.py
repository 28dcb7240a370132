"""A corpus: more pictures than a machine should do alone, in folders or buckets, on a Ray cluster.

`run_corpus` lists the source into blocks, changes their pictures through `RayPipeline`, and keeps a manifest
in the target that a later run resumes from::

    request = CorpusRequest("s3://archive/scans", "s3://archive/large", Naming("{stem}_x2{ext}"), resume=True)
    tally = run_corpus(request, UpscaleOptions(), RayPipeline("auto"))

Read it from ``corpus_run.py``. A picture is changed by the code of the commands, as bytes.
"""

from srcnn.corpus.corpus_run import CorpusRequest, run_corpus
from srcnn.corpus.ray_pipeline import Pipeline, RayPipeline
from srcnn.corpus.tally import Tally

__all__ = ["CorpusRequest", "Pipeline", "RayPipeline", "Tally", "run_corpus"]
