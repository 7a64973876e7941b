"""The tests judged: Hookline broken on purpose, one fault at a time, and the tests that must notice.

`python -m tests.mutants` (or `make mutants`) makes each change in a copy of the tree, runs the tests
that are named for it there, and says which changes nothing noticed.

- `mutant.py` says what a change is; `receiving.py`, `store.py`, `scripts.py`, `results.py`, `spooling.py`
  and `working.py` hold them, named by what goes wrong, and `table.py` has all.
- `tree.py` copies the tree, makes a change and runs the tests against it.
- `test_table.py` is part of the suite: each change still has its place in the source, once.
"""
