"""The four services of the platform. They meet over HTTP only, never by import."""
