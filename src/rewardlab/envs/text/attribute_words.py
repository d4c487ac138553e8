"""The words of attribute texts, by class."""

SUBJECTS = "sun sea tree road bird song"
PLAIN = "the a and of"
GOOD, BAD = "great lovely happy fine", "awful sad poor dull"
POLITE, FORMAL, UNSAFE = "please thanks kindly", "hence therefore moreover", "poison weapon steal"
