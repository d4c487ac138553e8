"""What a reward program may use at most.

Every limit is checked before the thing it limits is made, so that a hostile program costs no more than a refusal.
"""

SOURCE = 20_000  # bytes of text
LINES = 1_000
BRACKETS = 60  # nested
SIGNS = 40  # in a row: - - - x, not not x
NODES = 3_000  # of the syntax tree
DEPTH = 40  # of the syntax tree
TICKS = 50_000  # expressions and statements that are followed, loops unrolled
ITERATIONS = 10_000  # of all loops together
CALLS = 10  # helper functions, one inside the other
OPERATIONS = 5_000  # array operations of the compiled program
NUMBERS = 65_536  # in one value of one step
WORK = 1_000_000  # numbers handled per step, all operations together
ITEMS = 4_096  # of a list, tuple, mapping or range
STRING = 100  # characters of a key
INTEGER = 2**53  # the largest size of an integer that is known while compiling
AXES = 6  # of one value of one step
