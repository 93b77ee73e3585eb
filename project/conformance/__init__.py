"""A server of the engine alone, with the plain channels that the suites of the published SDKs expect.

They were written against a Centrifugo with a certain configuration; `project.settings.conformance` is its likeness.
Nothing of this is part of a shop: anybody may enter and publish.
"""
