# The state machine's steps: one image, one command a function (template.yaml, ImageConfig).
FROM public.ecr.aws/lambda/python:3.11

COPY requirements/steps.txt ./requirements/steps.txt
# Byte code now, not at every cold start: Great Expectations alone imports in 3 s with it, in 8 s without.
RUN pip install --no-cache-dir --require-hashes --compile -r requirements/steps.txt

COPY pipelines ./pipelines
COPY expectations ./expectations
COPY steps ./steps
RUN python -m compileall -q pipelines expectations steps

# Every function names its own handler.
CMD ["steps.resolve.handler"]
