from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "tests.bench"

    def ready(self) -> None:
        from project import wiring
        from project.realtime import router
        from tests.bench.topic import PassingRoom, PlainClaims, Room

        router.install([*wiring.TOPICS, Room(), PassingRoom(), PlainClaims()])
