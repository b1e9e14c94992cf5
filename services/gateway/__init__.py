"""The one public door: regions' systems, partner sites and the web app see only this."""
