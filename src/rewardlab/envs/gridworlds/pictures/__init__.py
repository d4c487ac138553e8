"""What grids look like: MiniGrid's pixels and letters, captions, descriptions."""
