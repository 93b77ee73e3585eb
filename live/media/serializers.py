from rest_framework import serializers


class HealthSerializer(serializers.Serializer[dict[str, object]]):
    bitrate_kbps = serializers.IntegerField()
    fps = serializers.FloatField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    dropped_frames = serializers.IntegerField()
    connected_at = serializers.DateTimeField()
    latency_ms = serializers.IntegerField()


class StreamSerializer(serializers.Serializer[dict[str, object]]):
    state = serializers.ChoiceField(choices=["offline", "live"])
    has_key = serializers.BooleanField()
    hint = serializers.CharField()
    server_url = serializers.CharField()
    preview_url = serializers.CharField(allow_null=True)
    health = HealthSerializer(allow_null=True)


class IssuedKeySerializer(serializers.Serializer[object]):
    key = serializers.CharField()
    server_url = serializers.CharField()
    hint = serializers.CharField()
