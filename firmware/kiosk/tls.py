"""Whom the kiosk trusts."""

from binascii import a2b_base64

CA_MOST = 4096  # characters: two CAs have to fit into memory at once


def trusting(ca):
    """Return an SSLContext that trusts the organisation's CA and nobody else.

    ca: certificates in PEM.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    for part in ca.split("-----BEGIN CERTIFICATE-----")[1:]:
        # As DER, which every board can read.
        context.load_verify_locations(cadata=a2b_base64(part.split("-----END")[0]))
    return context


def checked(ca):
    """Return a CA that may be trusted; raises ValueError with a sentence where it is none."""
    try:
        if "-----BEGIN CERTIFICATE-----" in ca and len(ca) <= CA_MOST:
            trusting(ca)
            return ca
    except Exception:
        pass  # whatever a port says of it
    raise ValueError("It has no certificate that can be read, or more than %d characters." % CA_MOST)
