from django.conf import settings


def ffmpeg() -> str:
    """The ffmpeg that the environment names, else the one of the wheel. Raises RuntimeError when there is none."""
    if settings.FFMPEG:
        return str(settings.FFMPEG)
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())
