"""Resolves, builds and installs Python requirements inside the stages of wheel.Dockerfile.

    build    requirements.txt, constraints.txt  ->  wheels, requirements.lock, manifest.json
    install  wheels and lock                    ->  /env, offline, with bytecode
    tests    test-requirements.txt and /env     ->  the packages that /env lacks
    own      the app's own projects, /env        ->  what they add to /env, offline
    apt      packages of the system
    user     the user that the app runs as

Needs Python 3.8 and the base image's own pip (23.0 or newer), and nothing else.
Same requirements, index and base image give the same bytes: no clock, no order of directories.
"""
