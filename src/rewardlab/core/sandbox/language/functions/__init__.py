"""The functions, methods and constants of the reward language: tables that are looked up while a program is compiled.

Each is a function of the machine `m` (see `trace.Trace`) and of the arguments of the call; what an argument may be is
what its Python signature says. `np.random`, files, `out=` and `dtype="..."` are not refused: there is no such name.
"""
