"""What a person needs to know once everything runs."""

from __future__ import annotations

from django.conf import settings

DEMO_PASSWORD = "souk-demo-1"
DEMO_ACCOUNTS = ("viewer", "viewer2", "host", "mod", "admin")


def banner(port: int) -> str:
    site = settings.SITE_URL if "localhost" not in settings.SITE_URL else f"http://localhost:{port}"
    server = settings.RTMP_PUBLIC_URL
    lines = [
        "",
        f"Souk is running (Ctrl-C stops it). Data and logs: {settings.DATA_DIR}",
        "",
        f"  Shop     {site}/",
        f"  Studio   {site}/studio/",
        f"  Admin    {site}/admin/",
    ]
    if settings.DEMO:
        accounts = "  ".join(f"{name}@souk.example" for name in DEMO_ACCOUNTS)
        lines.append(f"  Accounts {accounts}")
        lines.append(f"  Password {DEMO_PASSWORD}")
    return "\n".join(
        [
            *lines,
            "",
            "To stream, open a show in the studio, make a stream key, and give it to your encoder:",
            f"  OBS      Settings > Stream > Custom: Server {server}, Stream Key <key>; output H.264, keyframes 2 s",
            f"  ffmpeg   ffmpeg -re -i film.mp4 -c:v libx264 -g 60 -pix_fmt yuv420p -c:a aac -f flv {server}/<key>",
            "",
        ]
    )
