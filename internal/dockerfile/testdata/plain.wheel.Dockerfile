# The images that deploys share. Each target is built once per key, then reused:
#   wheelhouse  the wheels of all requirements, and their lock
#   runtime     the base image with /env, installed offline from the wheels; or, in two parts that the builder puts together:
#     system      the base image with the packages of the system
#     layers      /env, a folder for each layer of it
#   testenv     what the tests need beyond /env
# The context holds the requirement files and wheelhouse, the program that does the work.
# Mounts go to /mnt and /media: every base has them, so no mount point stays behind.
# Logins of package indexes come as the secret netrc, where pip, git and curl look.
ARG BASE=python:3.12-slim
ARG EARLIER=none
ARG WHEELS=wheelhouse
ARG SYSTEM=made
ARG ASSEMBLED=assembled
ARG RUNTIME=runtime

# The wheels of an earlier image, where there is one: those of equal build keys are taken from it.
FROM scratch AS none

FROM ${EARLIER} AS earlier

FROM scratch AS program
COPY wheelhouse /wheelhouse

# One resolution of everything, in the image that the wheels are for. Compilers
# are installed only when something has to be compiled. What was compiled is kept
# in the cache mount at once, so that a run that fails or is killed goes on from there.
FROM ${BASE} AS build
ARG BASE
ARG RENEW
USER 0:0
WORKDIR /mnt
RUN --mount=type=bind,target=/mnt,rw --mount=type=bind,from=earlier,target=/media \
    --mount=type=cache,id=gcpdeploy-wheels,target=/var/cache/gcpdeploy-wheels --mount=type=secret,id=ca,mode=0444 \
    --mount=type=secret,id=netrc,target=/root/.netrc,mode=0400 \
    ["python3","wheelhouse","build","--python","3.12","--out","/out/wheelhouse","--heavy","/heavy","--report","/report/report.json","--earlier","/media/wheelhouse","--store","/var/cache/gcpdeploy-wheels"]

# The largest wheels have a layer each, which is sent once, however often others change. The last layer tells of this
# run; the others are the same for the same wheels.
FROM scratch AS wheelhouse
COPY --from=build /heavy/1 /
COPY --from=build /heavy/2 /
COPY --from=build /heavy/3 /
COPY --from=build /heavy/4 /
COPY --from=build /heavy/5 /
COPY --from=build /heavy/6 /
COPY --from=build /out /
COPY --from=build /report /

FROM ${WHEELS} AS wheels

FROM ${BASE} AS installed
USER 0:0
RUN --mount=type=bind,from=program,target=/mnt --mount=type=bind,from=wheels,target=/media \
    ["python3","/mnt/wheelhouse","install","--distinct","--from","/media/wheelhouse","--env","/env","--out","/out"]

FROM ${BASE} AS bare

FROM bare AS made
USER 0:0
RUN --mount=type=bind,from=program,target=/mnt --mount=type=bind,from=wheels,target=/media --mount=type=secret,id=ca,mode=0444 \
    ["python3","/mnt/wheelhouse","apt","--from","/media/wheelhouse"]

# The builder says which it is: made now, an image of an earlier build, or bare.
FROM ${SYSTEM} AS system

FROM system AS accounts
USER 0:0
RUN --mount=type=bind,from=program,target=/mnt \
    ["python3","/mnt/wheelhouse","user","--home","/app","--out","/out/skeleton"]

# The builder says in layers.json which packages have layers of their own, and which of those are there.
FROM program AS chosen
COPY layers.json /

FROM ${BASE} AS spread
USER 0:0
RUN --mount=type=bind,from=chosen,target=/mnt --mount=type=bind,from=wheels,target=/media \
    ["python3","/mnt/wheelhouse","spread","--layers","/mnt/layers.json","--from","/media/wheelhouse","--env","/env","--out","/out"]

FROM scratch AS layers
COPY --from=accounts /out /
COPY --from=spread /out /

FROM system AS assembled
USER 0:0
RUN --mount=type=bind,from=program,target=/mnt \
    ["python3","/mnt/wheelhouse","user","--home","/app"]
COPY --from=installed /out /
ENV PATH=/env/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001

# As the app will: without a compiler, without the wheels, and as its user. What imports write to /tmp is not kept.
FROM ${ASSEMBLED} AS runtime
RUN --mount=type=bind,target=/mnt --mount=type=tmpfs,target=/tmp \
    ["python3","/mnt/wheelhouse","imports","--env","/env","--settings","/mnt/settings.json"]

# Where /env is not made yet, the wheels say what it will have.
FROM ${RUNTIME} AS tests
USER 0:0
WORKDIR /mnt
RUN --mount=type=bind,target=/mnt,rw --mount=type=bind,from=wheels,target=/media --mount=type=secret,id=ca,mode=0444 \
    --mount=type=secret,id=netrc,target=/root/.netrc,mode=0400 \
    ["python3","wheelhouse","tests","--from","/media/wheelhouse","--env","/env","--out","/out/testenv"]

FROM scratch AS testenv
COPY --from=tests /out /
VOLUME /testenv

# What the requirements come to now, without the wheels, to compare with those in use.
FROM ${BASE} AS resolving
ARG BASE
ARG RENEW
USER 0:0
WORKDIR /mnt
RUN --mount=type=bind,target=/mnt,rw --mount=type=bind,from=earlier,target=/media --mount=type=secret,id=ca,mode=0444 \
    --mount=type=secret,id=netrc,target=/root/.netrc,mode=0400 \
    ["python3","wheelhouse","resolve","--python","3.12","--out","/out","--earlier","/media/wheelhouse"]

FROM scratch AS resolution
COPY --from=resolving /out /
