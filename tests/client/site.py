"""What the tests of the site side stand on: the gallery's vendor who signs, server that answers as told, and clock."""

from demo.gallery.scripted import DAY, DOMAIN, LICENSE_KEY, LINKS, NOW, Clock, ScriptedTransport, Site, Vendor, edited

__all__ = ["DAY", "DOMAIN", "LICENSE_KEY", "LINKS", "NOW", "Clock", "ScriptedTransport", "Site", "Vendor", "edited"]
