from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "chat.files"
    label = "chat_files"
    verbose_name = "Pictures and files that people send"
