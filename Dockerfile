# The state machine's steps: one image, one command a function (template.yaml, ImageConfig).
# Debian, not Lambda's own Python 3.11 image: that one's glibc (2.26) is too old for the wheels of numpy,
# scipy and pyarrow. awslambdaric, in the lock, is Lambda's runtime interface client.
FROM python:3.11-slim-bookworm

WORKDIR /var/task
COPY requirements/steps.txt ./requirements/steps.txt
# Byte code now, not at every cold start: Great Expectations alone imports in 3 s with it, in 8 s without.
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: --compile -r requirements/steps.txt

COPY pipelines ./pipelines
COPY expectations ./expectations
COPY steps ./steps
# Lambda runs it as a user of its own, who could not read what a strict umask left in the build's checkout.
RUN python -m compileall -q pipelines expectations steps && chmod -R a+rX .

ENTRYPOINT ["python", "-m", "awslambdaric"]
# Every function names its own handler.
CMD ["steps.states.resolve.handler"]
