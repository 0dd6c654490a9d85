"""Run pytest on what the command line names: the main program of Bazel's tests."""

import sys

import pytest

if __name__ == "__main__":
    # A sandbox has no place for a cache.
    sys.exit(pytest.main(["-p", "no:cacheprovider", *sys.argv[1:]]))
