# The state machine's steps: one image, one command a function (template.yaml, ImageConfig).
# Debian and not Lambda's own Python image, so that Lambda's runtime interface client is the lock's, too: awslambdaric.
FROM python:3.14-slim-bookworm

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
