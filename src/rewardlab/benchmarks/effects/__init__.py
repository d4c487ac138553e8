"""What learning methods are said to do, measured against what they are said to do it better than."""
