from django.apps import AppConfig


class ConformanceConfig(AppConfig):
    name = "project.conformance"
    label = "souk_conformance"

    def ready(self) -> None:
        from project.conformance.channels import TOPICS
        from project.conformance.tokens import IDENTITY
        from project.realtime import identity, router

        router.install(TOPICS)
        identity.install(IDENTITY)
