"""Pictures of the demo, drawn by code: shapes on a canvas, backdrops, one module of things a category."""
