# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packages of the tool venv, but for build (see compile.py), in one place: they are absent while ``prepare`` makes that venv."""
try:
    import packaging.markers
    import packaging.requirements
    import packaging.specifiers
    import packaging.tags
    import packaging.utils
    import packaging.version
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerNeedSection
    try:
        import tomllib
    except ImportError:  # before Python 3.11
        import tomli as tomllib
except ImportError:
    packaging = ELFFile = DynamicSection = GNUVerNeedSection = tomllib = None
    ELFError = Exception

__all__ = ["packaging", "ELFError", "ELFFile", "DynamicSection", "GNUVerNeedSection", "tomllib"]
