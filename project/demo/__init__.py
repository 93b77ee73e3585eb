"""The demo: a shop with goods and shows in it. It stands on everything, since it brings everything together."""
