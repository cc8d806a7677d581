"""What pyproject.toml cannot say: the version is the library's, and the wheel is for one platform but any Python."""

import re
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
HEADER = HERE.parent / "Sources" / "Interfaces" / "CDeeper" / "include" / "deeper.h"

if not (HERE / "deeper" / "libdeeper.so").exists():
    raise SystemExit("python/deeper/libdeeper.so is missing: `make wheel` builds it and puts it there")


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return True


class PlatformWheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(
    version=re.search(r'^#define DEEPER_VERSION "(.*)"$', HEADER.read_text(), re.MULTILINE)[1],
    distclass=PlatformDistribution,
    cmdclass={"bdist_wheel": PlatformWheel},
)
