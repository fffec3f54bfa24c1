"""Resolves, builds and installs Python requirements inside the stages of wheel.Dockerfile.

    build    requirements.txt, constraints.txt  ->  wheels, requirements.lock, manifest.json; report.json
    resolve  requirements.txt, constraints.txt  ->  resolution.json: what a build would come to
    install  wheels and lock                    ->  /env, offline, with bytecode
    imports  /env                               ->  every module of it can be imported here
    tests    test-requirements.txt and /env     ->  the packages that /env lacks
    own      the app's own projects, /env        ->  what they add to /env, offline
    apt      packages of the system
    user     the user that the app runs as

Needs Python 3.8 and the base image's own pip (23.0 or newer), and nothing else.
Same requirements, index and base image give the same bytes: no clock, no order of directories.

`build` goes from early (pins whose artefact the index tells) over builder (reuse, download, build; what is good for
reuse is decided by keys and verified by store) and pool (which build runs when, on how many cores) to task, which
builds one wheel: sdist unpacks it, environments has what it is built with, backend and hooks run its build system.
"""
