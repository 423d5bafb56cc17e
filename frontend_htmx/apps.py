from django.apps import AppConfig


class FrontendConfig(AppConfig):
    name = "frontend_htmx"

    def ready(self) -> None:
        """Gives forms their words, hears of logins and second steps. The imports need the apps, there only now."""
        from allauth.mfa.signals import authenticator_added, authenticator_removed
        from django.contrib.auth.signals import user_logged_in

        from frontend_htmx.accounts import noting
        from frontend_htmx.wording import speak

        speak()
        user_logged_in.connect(noting.on_login)
        authenticator_added.connect(noting.on_second_step_added)
        authenticator_removed.connect(noting.on_second_step_removed)
