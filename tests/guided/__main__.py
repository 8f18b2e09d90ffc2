# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fuzz one parser, guided by what of our code its inputs reach: ``python3 -m tests.guided PARSER [options and folders of libFuzzer]``."""
import sys

import atheris

with atheris.instrument_imports(include=["ansible_collections.nogcc.wheelhouse"]):
    from ansible_collections.nogcc.wheelhouse.tests.faults import seeds
    from ansible_collections.nogcc.wheelhouse.tests.guided import parsers


def main(name, options):
    """Does not return: libFuzzer ends the process, with exit status 77 when an error came that is not ours."""
    parse = parsers.planted if name == "planted" else parsers.PARSERS[name][0]
    atheris.Setup([name, *options], lambda data: seeds.nothing_outside(lambda target: parse(data, target)))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
